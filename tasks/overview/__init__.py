"""Read where grants stand: each one's next step and money, and a portfolio found, ordered and summed up."""
