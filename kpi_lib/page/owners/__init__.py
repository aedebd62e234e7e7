"""What those who answer for lines say, are asked and have settled, beside what is reckoned."""
