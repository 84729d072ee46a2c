"""Pictures of products: drawn in vectors, never photographed."""

from collections.abc import Callable

from PIL import Image

from demo.pictures import bags, clothing, furniture, garden, home, kitchen, lighting, toys
from demo.pictures.canvas import SIZE, Canvas
from demo.pictures.look import SHAPES, Look
from demo.pictures.palettes import COLOUR_NAMES, PALETTES
from demo.pictures.patterns import PATTERNS

__all__ = ["COLOUR_NAMES", "DRAWINGS", "PALETTES", "PATTERNS", "SHAPES", "SIZE", "Look", "render"]

DRAWINGS: dict[str, Callable[[Canvas], None]] = {
    "mug": kitchen.mug,
    "teapot": kitchen.teapot,
    "bowl": kitchen.bowl,
    "table lamp": lighting.table_lamp,
    "pendant lamp": lighting.pendant_lamp,
    "lantern": lighting.lantern,
    "chair": furniture.chair,
    "armchair": furniture.armchair,
    "chest of drawers": furniture.chest,
    "T-shirt": clothing.t_shirt,
    "sweater": clothing.sweater,
    "pair of socks": clothing.socks,
    "tote bag": bags.tote,
    "backpack": bags.backpack,
    "suitcase": bags.suitcase,
    "potted plant": garden.plant,
    "vase": garden.vase,
    "watering can": garden.watering_can,
    "wall clock": home.clock,
    "cushion": home.cushion,
    "framed print": home.poster,
    "toy robot": toys.robot,
    "kite": toys.kite,
    "balloon mobile": toys.balloon,
}


def render(noun: str, look: Look) -> Image.Image:
    """Draw one product, `SIZE` pixels square. The same look always gives the same picture."""
    canvas = Canvas(look)
    DRAWINGS[noun](canvas)
    return canvas.finished()
