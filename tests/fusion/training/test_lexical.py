"""Products whose texts share rare words."""

from fusion.training.lexical import lexical_table, tf_idf

TEXTS = ["", "Red Mug Anna", "Blue mug Anna", "Red chair", "Blue chair", "lamp", ""]


def test_texts_that_share_rare_words_are_neighbours() -> None:
    table = lexical_table(TEXTS, neighbours=2)

    assert table.neighbours[1, 0] == 2
    assert float(table.strengths[1, 0]) > float(table.strengths[1, 1]) > 0


def test_a_text_that_shares_nothing_has_no_neighbours() -> None:
    table = lexical_table(TEXTS, neighbours=3)

    assert table.strengths[[0, 5, 6]].sum() == 0


def test_rows_have_length_1_or_0_and_no_item_is_its_own_neighbour() -> None:
    squares = tf_idf(TEXTS).toarray() ** 2

    assert squares.sum(axis=1).round(5).tolist() == [0, 1, 1, 1, 1, 0, 0]
    table = lexical_table(TEXTS * 3, neighbours=21)
    own = table.neighbours == table.neighbours.new_tensor(range(21)).unsqueeze(1)
    assert table.strengths[own].sum() == 0


def test_no_words_at_all_give_an_empty_table() -> None:
    assert lexical_table(["", "", ""], neighbours=2).strengths.sum() == 0
