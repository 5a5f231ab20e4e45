"""What forms say about numbers."""


def whole(what: str) -> dict[str, str]:
    """The error messages of a field for whole numbers; `what` it is, such as "length".
    They stand in the list above the form too, where nothing else tells which is meant.
    """
    return {
        "required": "Enter a whole number",
        "invalid": "Enter a whole number, without letters",
        "min_value": f"For the {what}, enter %(limit_value)s or more",
        "max_value": f"For the {what}, enter %(limit_value)s or less",
    }
