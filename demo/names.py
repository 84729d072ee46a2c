"""First names for simulated shoppers."""

FIRST_NAMES: tuple[str, ...] = (
    "Ada", "Alan", "Amara", "Anton", "Aoife", "Bea", "Bela", "Boris", "Bruna", "Carla", "Cem",
    "Chidi", "Cleo", "Cyrus", "Dalia", "Dario", "Dev", "Dina", "Edda", "Elias", "Elif", "Emre",
    "Esme", "Farah", "Felix", "Fenna", "Finn", "Freya", "Gina", "Goran", "Greta", "Hana", "Hugo",
    "Ida", "Igor", "Ilse", "Imani", "Ines", "Iris", "Ivan", "Jaya", "Jens", "Joan", "Jonas",
    "Juno", "Kai", "Kamala", "Kenji", "Kira", "Lars", "Lea", "Leila", "Leo", "Lina", "Luca",
    "Lupe", "Mads", "Maja", "Malik", "Mara", "Matteo", "Mei", "Mila", "Mina", "Nadia", "Nils",
    "Noor", "Oda", "Olga", "Omar", "Oskar", "Paola", "Pavel", "Petra", "Priya", "Quentin",
    "Rafa", "Ravi", "Rhea", "Rui", "Runa", "Sana", "Selma", "Sigrid", "Soren", "Suki", "Tara",
    "Teo", "Thea", "Tomas", "Ulla", "Uma", "Valentin", "Vito", "Wanda", "Wren", "Yann", "Yusuf",
    "Zara", "Zoe",
)  # fmt: skip
