"""Write the smallest DM3 and DM4 files that a reader of Digital Micrograph files accepts."""

import struct
from typing import Any

import numpy as np

DATA_TYPES = {"uint8": (6, 10), "uint16": (10, 4), "int16": (1, 2), "float32": (2, 6)}


def dm_file(pixels: np.ndarray, scale: float, units: str, version: int, images: int = 1) -> bytes:
    """Encode images of one shape (height, width) with the same calibration of both axes."""
    writer = _Writer(version)
    dimension = {"Origin": 0.0, "Scale": scale, "Units": units}
    data_type, element = DATA_TYPES[pixels.dtype.name]
    height, width = pixels.shape
    image = {
        "ImageData": {
            "Calibrations": {
                "Brightness": {"Origin": 0.0, "Scale": 1.0, "Units": ""},
                "Dimension": [dimension, dimension],
            },
            "Data": (element, pixels.tobytes(), pixels.size),
            "DataType": data_type,
            "Dimensions": [width, height],
            "PixelDepth": pixels.itemsize,
        },
        "ImageTags": {},
        "Name": "micrograph",
    }
    body = writer.group({"ImageList": [image] * images, "Name": ""}, root=True)
    return struct.pack(">i", version) + writer.count(len(body)) + struct.pack(">i", 1) + body


class _Writer:
    def __init__(self, version: int):
        self.version = version

    def count(self, number: int) -> bytes:
        return struct.pack(">q" if self.version == 4 else ">i", number)

    def group(self, tags: dict[str, Any] | list[Any], root: bool = False) -> bytes:
        named = tags.items() if isinstance(tags, dict) else (("", value) for value in tags)
        body = b"".join(self.tag(name, value) for name, value in named)
        size = self.count(len(body)) if self.version == 4 and not root else b""
        return b"\1\0" + size + self.count(len(tags)) + body

    def tag(self, name: str, value: Any) -> bytes:
        head = struct.pack(">h", len(name)) + name.encode()
        if isinstance(value, dict | list):
            return b"\x14" + head + self.group(value)
        padding = bytes(8) if self.version == 4 else b""
        return b"\x15" + head + padding + b"%%%%" + self.value(value)

    def value(self, value: Any) -> bytes:
        match value:
            case int():
                return self.numbers(1, 5) + struct.pack("<I", value)
            case float():
                return self.numbers(1, 6) + struct.pack("<f", value)
            case str():
                text = value.encode("utf-16-le")
                return self.numbers(3, 20, 4, len(value)) + text
            case (element, content, size):
                return self.numbers(3, 20, element, size) + content
        raise TypeError(value)

    def numbers(self, *numbers: int) -> bytes:
        return b"".join(self.count(number) for number in numbers)
