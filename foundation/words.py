"""Numbers in words, for papers on which a digit could be altered."""

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def in_words(number: int) -> str:
    """`number` in English words. Raises ValueError outside 0 to 9,999."""
    if not 0 <= number <= 9_999:
        raise ValueError(f"{number} is not between 0 and 9,999.")
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_SMALL[rest]}" if rest else "")
    base, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    count, rest = divmod(number, base)
    joiner = " and " if rest < 100 else " "
    return f"{in_words(count)} {name}" + (joiner + in_words(rest) if rest else "")
