"""Themes: what a description talks about, and no picture shows.

`{it}` stands for the noun, `{stuff}` for the material. Nothing here names a colour,
a pattern or a shape: those belong to the pictures alone.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """A world of words. `likes` finishes the sentence "Ada likes …"."""

    name: str
    likes: str
    titles: tuple[str, ...]
    openings: tuple[str, ...]
    details: tuple[str, ...]
    closings: tuple[str, ...]


THEMES: tuple[Theme, ...] = (
    Theme(
        "slow mornings",
        "things for slow, cosy mornings",
        ("Sunday", "Slow Hour", "Porridge", "Dawn Chorus", "Second Cup", "Featherbed"),
        (
            "A {it} for mornings without an alarm clock.",
            "Made for the quiet half hour before anyone else is awake.",
            "Some days begin softly, and this {it} knows how.",
            "For breakfast in bed, long baths and the crossword.",
            "Curl up, breathe out, and keep this {it} close by.",
        ),
        (
            "Warm {stuff} that feels like a hug on a cold day.",
            "The {stuff} is gentle to the touch and quiet in the hand.",
            "Cosy, calm and entirely unhurried, like a nap after lunch.",
            "We test every {it} over a second pot of tea.",
        ),
        (
            "Best enjoyed in slippers.",
            "A little comfort for every day.",
            "Snooze button included, in spirit.",
            "Pairs well with rain on the window.",
        ),
    ),
    Theme(
        "open trails",
        "gear with camping, hiking and travel in mind",
        ("Basecamp", "Trailhead", "Far Ridge", "Night Train", "Switchback", "Compass"),
        (
            "A {it} that has been up a mountain and back.",
            "Packed for weekends under canvas and mornings on the ridge.",
            "Built for campsites, ferries and the back seat of a van.",
            "Take the long way round: this {it} comes with you.",
            "For hikers, cyclists and everyone who reads maps for pleasure.",
        ),
        (
            "Rugged {stuff}, tested in wind and heavy rain.",
            "The {stuff} shrugs off mud, sand and a week without a tap.",
            "Light to carry, hard to break and easy to mend by torchlight.",
            "Every {it} is field tested on a three-day hike.",
        ),
        (
            "Adventure not included, but likely.",
            "Ready when the weather is.",
            "Guaranteed for a thousand miles.",
            "See you at the summit.",
        ),
    ),
    Theme(
        "the workshop",
        "handmade things with a maker's name",
        ("Maker's", "Guild", "Second Floor", "Journeyman", "Bench Seven", "Apprentice"),
        (
            "Made by hand in a workshop of five people.",
            "One maker, one bench, one {it} at a time.",
            "A {it} with fingerprints: no two are quite alike.",
            "Our craftspeople learned this the slow way, from their grandparents.",
            "Signed underneath by the person who made it.",
        ),
        (
            "Traditional methods and honest {stuff}, finished by eye.",
            "The {stuff} is worked with hand tools and a great deal of patience.",
            "Small marks of the tool are left where you can find them.",
            "It takes two days to make a {it} this way, and it shows.",
        ),
        (
            "An heirloom in waiting.",
            "Numbered, signed and never rushed.",
            "Craft you can feel.",
            "Made once, made properly.",
        ),
    ),
    Theme(
        "clever engineering",
        "clever, well-engineered things",
        ("Vector", "Model T4", "Axiom", "Gridline", "Orbit", "Prototype"),
        (
            "An engineer looked at the ordinary {it} and started again.",
            "Precision in every tolerance: a {it} measured in tenths of a millimetre.",
            "Thirty-one prototypes led to this {it}.",
            "Designed on a screen, proven in a laboratory, made for daily use.",
            "Modular, repairable and smarter than it looks.",
        ),
        (
            "The {stuff} is cut to fit within a hair's breadth.",
            "Spare parts click in without a single tool.",
            "A patented detail spreads the load over the {stuff}.",
            "Comes with an exploded drawing, because we know you will ask.",
        ),
        (
            "Logic you can hold.",
            "Form follows measurements.",
            "Version four, and counting.",
            "Less, but calibrated.",
        ),
    ),
    Theme(
        "storybooks",
        "whimsical things out of a storybook",
        ("Once Upon", "Hedgehog's", "Moonlit", "Tall Tale", "Wishing Well", "Dragon's"),
        (
            "Once upon a time a {it} went looking for a home.",
            "A {it} for dreamers, pirates and part-time dragons.",
            "Straight from the pages of a bedtime story.",
            "It is said that a fox ordered the very first of these.",
            "Whisper a secret to this {it}: it will never tell.",
        ),
        (
            "The {stuff} was enchanted on a Tuesday, or so the label claims.",
            "Somewhere in the {stuff} a tiny mouse is hidden. Find it!",
            "Children name it within minutes; grown-ups take a little longer.",
            "Each {it} comes with a chapter of a very short fairy tale.",
        ),
        (
            "And they lived happily ever after.",
            "Magic is not covered by the warranty.",
            "To be continued at bedtime.",
            "For readers from three to a hundred and three.",
        ),
    ),
    Theme(
        "low waste",
        "recycled, low-waste things",
        ("Second Life", "Loop", "Good Earth", "Evergreen", "Rethink", "Meadow"),
        (
            "This {it} used to be something else entirely.",
            "Made from rescued offcuts and nothing new.",
            "Low waste from the first sketch to the last screw.",
            "Climate conscious and good company: a {it} with a conscience.",
            "We plant a hedge for every {it} that leaves the door.",
        ),
        (
            "The {stuff} is reclaimed, cleaned and given a second life.",
            "Recycled {stuff} and compostable packaging, all traceable to its source.",
            "Fairly made, repairable for decades and easy to take apart.",
            "Send it back one day, and its {stuff} becomes the next one.",
        ),
        (
            "Kind to the planet and to you.",
            "Nothing wasted, nothing to hide.",
            "Buy it once, pass it on.",
            "Sustainable without the sermon.",
        ),
    ),
    Theme(
        "salt and harbours",
        "things that smell of the sea",
        ("Harbour", "Low Tide", "Lighthouse", "Skipper", "Driftwood", "Cove"),
        (
            "Inspired by a fishing harbour at low tide.",
            "A {it} that would feel at home on any boat.",
            "Named after a lighthouse keeper who loved the storm.",
            "Salt air, gulls and a rope that needs coiling: this {it} remembers.",
            "Built the way shipwrights build, for water and weather.",
        ),
        (
            "The {stuff} has the patience of a jetty.",
            "Sailors asked for {stuff} that forgives salt and spray.",
            "A knot of real ship's rope is tucked into the parcel.",
            "Seaworthy {stuff}, rinsed by a hundred tides.",
        ),
        (
            "Fair winds.",
            "Home is the sailor.",
            "Best with sea views, fine without.",
            "Anchors aweigh.",
        ),
    ),
    Theme(
        "city nights",
        "vintage things with jazz and city nights in them",
        ("Blue Note", "Midtown", "Velvet", "Matinee", "Last Tram", "Encore"),
        (
            "A {it} for late evenings, loud records and good gossip.",
            "Borrowed from the lobby of a grand hotel that never was.",
            "Vintage at heart: think jazz clubs and the last tram home.",
            "Dress up. This {it} already has.",
            "From a flea market dream of the nineteen-sixties.",
        ),
        (
            "The {stuff} has the swagger of a double bass.",
            "Retro details in {stuff}, with a wink to the silver screen.",
            "Glamour without effort, the way film stars held a {it}.",
            "It glows after dark, if only in reputation.",
        ),
        (
            "Encore, encore.",
            "The night is young.",
            "Best served after eight.",
            "Play it again.",
        ),
    ),
)

NEUTRAL_TITLES: tuple[str, ...] = (
    "Alba", "Bruno", "Clara", "Dora", "Emil", "Frida", "Gil", "Hanna", "Ivo", "Juna", "Karl",
    "Lotte", "Milo", "Nora", "Otto", "Pia", "Quint", "Rosa", "Sven", "Tilda", "Umo", "Vera",
    "Wim", "Xenia", "Yara", "Zeno",
)  # fmt: skip
