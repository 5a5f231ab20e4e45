"""Filling in a form before a visit, and the files that are answers in it."""

from records.responses.services.files import answer_with_file, answer_without_file
from records.responses.services.filling import (
    NotAsked,
    NotComplete,
    NotTheSame,
    NotYours,
    SentAlready,
    begin_response,
    confirm_response,
    save_answers,
    send_response,
)

__all__ = [
    "NotAsked",
    "NotComplete",
    "NotTheSame",
    "NotYours",
    "SentAlready",
    "answer_with_file",
    "answer_without_file",
    "begin_response",
    "confirm_response",
    "save_answers",
    "send_response",
]
