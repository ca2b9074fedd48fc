"""What the Admin API tells about the handle, in the words of the protocol."""
import re


def facts(info):
    return {}


def seen(info):
    return []
