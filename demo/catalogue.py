"""What the shop sells: kinds of products, their categories, prices and materials."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One subcategory. `noun` names both the drawing and the thing in sentences."""

    noun: str
    title: str
    category: str
    price: float  # typical, in euros
    materials: tuple[str, ...]


_CLAY = ("stoneware", "porcelain", "enamel", "terracotta")
_LIGHT = ("linen", "paper", "spun metal", "blown glass")
_WOOD = ("oak", "ash", "beech", "walnut")
_CLOTH = ("organic cotton", "merino wool", "linen", "hemp")
_BAG = ("waxed canvas", "recycled nylon", "leather", "felt")
_TOY = ("birch wood", "tin", "ripstop", "paper")

KINDS: tuple[Kind, ...] = (
    Kind("mug", "Mug", "Kitchen > Mugs", 16, _CLAY),
    Kind("teapot", "Teapot", "Kitchen > Teapots", 42, _CLAY),
    Kind("bowl", "Bowl", "Kitchen > Bowls", 28, _CLAY),
    Kind("table lamp", "Table Lamp", "Lighting > Table lamps", 79, _LIGHT),
    Kind("pendant lamp", "Pendant Lamp", "Lighting > Pendant lamps", 95, _LIGHT),
    Kind("lantern", "Lantern", "Lighting > Lanterns", 34, _LIGHT),
    Kind("chair", "Chair", "Furniture > Chairs", 149, _WOOD),
    Kind("armchair", "Armchair", "Furniture > Armchairs", 449, _WOOD),
    Kind("chest of drawers", "Chest of Drawers", "Furniture > Chests of drawers", 329, _WOOD),
    Kind("T-shirt", "T-Shirt", "Clothing > T-shirts", 27, _CLOTH),
    Kind("sweater", "Sweater", "Clothing > Sweaters", 74, _CLOTH),
    Kind("pair of socks", "Socks", "Clothing > Socks", 11, _CLOTH),
    Kind("tote bag", "Tote Bag", "Bags > Tote bags", 32, _BAG),
    Kind("backpack", "Backpack", "Bags > Backpacks", 89, _BAG),
    Kind("suitcase", "Suitcase", "Bags > Suitcases", 169, _BAG),
    Kind("potted plant", "Potted Plant", "Garden > Potted plants", 24, _CLAY),
    Kind("vase", "Vase", "Garden > Vases", 36, _CLAY),
    Kind("watering can", "Watering Can", "Garden > Watering cans", 31, ("zinc", "enamel", "tin")),
    Kind("wall clock", "Wall Clock", "Decor > Wall clocks", 54, (*_WOOD, "spun metal")),
    Kind("cushion", "Cushion", "Decor > Cushions", 29, _CLOTH),
    Kind("framed print", "Framed Print", "Decor > Framed prints", 45, ("paper", "canvas")),
    Kind("toy robot", "Toy Robot", "Play > Robots", 38, _TOY[:2]),
    Kind("kite", "Kite", "Play > Kites", 33, _TOY[2:]),
    Kind("balloon mobile", "Balloon Mobile", "Play > Mobiles", 41, (_TOY[0], *_TOY[2:])),
)

BRANDS: tuple[str, ...] = (
    "Alder & Finch", "Bramble Works", "Casa Nuvola", "Dotterel", "Eben Studio", "Fjordlys",
    "Gusto Piccolo", "Halden", "Inkwell Row", "Juno Made", "Kestrel Goods", "Little Atlas",
    "Moss Street", "Nine Acres",
)  # fmt: skip
