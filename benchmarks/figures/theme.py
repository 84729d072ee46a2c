"""Colours of the figures, for light and for dark pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = {
    "ours": "late fusion, gated (ours)",
    "combined": "late fusion in other forms",
    "early": "early fusion",
    "part": "one of our branches alone",
    "peer": "other recommenders",
}


@dataclass(frozen=True)
class Theme:
    """One set of colours; told apart by lightness too, so that colour-blind readers can.

    Attributes:
        suffix: of the file name.
        colours: by kind of contestant.
    """

    suffix: str
    background: str
    ink: str
    faint: str
    colours: Mapping[str, str]

    def settings(self) -> dict[Any, Any]:
        """Return the matplotlib settings; the same report gives the same file."""
        return {
            "font.family": "sans-serif",
            "font.size": 9.5,
            "text.color": self.ink,
            "axes.facecolor": self.background,
            "axes.edgecolor": self.faint,
            "axes.labelcolor": self.ink,
            "axes.titlesize": 10,
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "figure.facecolor": self.background,
            "figure.constrained_layout.use": True,
            "grid.color": self.faint,
            "grid.linewidth": 0.5,
            "legend.frameon": False,
            "savefig.facecolor": self.background,
            "svg.fonttype": "none",  # text stays text: small files, words that can be searched
            "svg.hashsalt": "recsys",
            "xtick.color": self.ink,
            "ytick.color": self.ink,
        }


# Blue is late fusion, orange early fusion (Okabe and Ito's palette), grey all others.
THEMES = (
    Theme(
        suffix="",
        background="#ffffff",
        ink="#1f2328",
        faint="#b6bcc3",
        colours={
            "ours": "#005a94",
            "combined": "#56b4e9",
            "early": "#e69f00",
            "part": "#6e7781",
            "peer": "#c4cad1",
        },
    ),
    Theme(
        suffix="-dark",
        background="#0d1117",
        ink="#e6edf3",
        faint="#484f58",
        colours={
            "ours": "#79c7ff",
            "combined": "#2b7fb5",
            "early": "#e69f00",
            "part": "#a8b1bb",
            "peer": "#5a636d",
        },
    ),
)
