"""English names of the languages that people speak with each other."""

# Source: IANA language subtag registry (BCP 47).
_NAMES = {
    "af": "Afrikaans",
    "ak": "Akan",
    "am": "Amharic",
    "ar": "Arabic",
    "ase": "American Sign Language",
    "bfi": "British Sign Language",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "bs": "Bosnian",
    "ca": "Catalan",
    "cs": "Czech",
    "cy": "Welsh",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "eu": "Basque",
    "fa": "Persian",
    "fi": "Finnish",
    "fil": "Filipino",
    "fr": "French",
    "ga": "Irish",
    "gd": "Scottish Gaelic",
    "gl": "Galician",
    "gu": "Gujarati",
    "ha": "Hausa",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "hy": "Armenian",
    "id": "Indonesian",
    "ig": "Igbo",
    "is": "Icelandic",
    "isg": "Irish Sign Language",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "kn": "Kannada",
    "ko": "Korean",
    "ku": "Kurdish",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mk": "Macedonian",
    "ml": "Malayalam",
    "mr": "Marathi",
    "ms": "Malay",
    "mt": "Maltese",
    "ne": "Nepali",
    "nl": "Dutch",
    "no": "Norwegian",
    "pa": "Punjabi",
    "pl": "Polish",
    "ps": "Pashto",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "rw": "Kinyarwanda",
    "si": "Sinhala",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sn": "Shona",
    "so": "Somali",
    "sq": "Albanian",
    "sr": "Serbian",
    "st": "Sesotho",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "ti": "Tigrinya",
    "tl": "Tagalog",
    "tr": "Turkish",
    "tw": "Twi",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "xh": "Xhosa",
    "yo": "Yoruba",
    "yue": "Cantonese",
    "zh": "Mandarin Chinese",
    "zu": "Zulu",
}


def language_name(code: str) -> str:
    """The name of a BCP 47 code; of its language where the whole code has none, and
    the code itself when we do not know it."""
    return _NAMES.get(code) or _NAMES.get(code.split("-")[0]) or code


def language_code(word: str) -> str | None:
    """The BCP 47 code that somebody means by a name, in any case, or by the code
    itself; None when we do not know it."""
    wanted = word.strip().casefold()
    for code, name in _NAMES.items():
        if wanted in (name.casefold(), code):
            return code
    first, _, rest = wanted.partition("-")
    # A region or script: "pt-br" is a language that we know, spoken somewhere.
    return f"{first}-{rest.upper()}" if rest.isalpha() and first in _NAMES else None


def language_choices() -> list[tuple[str, str]]:
    """Code and name of every language we know, by name, for a form to choose from."""
    return sorted(_NAMES.items(), key=lambda choice: choice[1])
