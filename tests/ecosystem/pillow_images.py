# packages: pillow==13.0.0
# keep: gainless
# compiled: curve fractal sepia histogram blend accept
# Pixels read and written in hot loops, compiled functions as lookup tables and plugins.
import hashlib
import io
import warnings

from PIL import Image, ImageChops, ImageDraw, ImageFile, ImageFilter, ImageStat


def curve(value):
    if value < 64:
        return value // 2
    if value < 192:
        return (value - 64) * 3 // 2 + 32
    return 255 - (255 - value) // 4


def fractal(width, height, limit):
    image = Image.new("L", (width, height))
    pixels = image.load()
    for y in range(height):
        for x in range(width):
            a = cx = x / width * 3.0 - 2.2
            b = cy = y / height * 2.4 - 1.2
            n = 0
            while n < limit and a * a + b * b <= 4.0:
                a, b = a * a - b * b + cx, 2.0 * a * b + cy
                n += 1
            pixels[x, y] = n * 255 // limit
    return image


def sepia(image):
    pixels = image.load()
    width, height = image.size
    for y in range(height):
        for x in range(width):
            r, g, b = pixels[x, y]
            grey = (r * 299 + g * 587 + b * 114) // 1000
            pixels[x, y] = min(255, grey + 40), min(255, grey + 20), grey
    return image


def histogram(data):
    counts = [0] * 8
    for value in data:
        counts[value >> 5] += 1
    return counts


def blend(a, b, part):
    if len(a) != len(b):
        raise ValueError("channels differ")
    return tuple(round(x + (y - x) * part) for x, y in zip(a, b))


def accept(prefix):
    return prefix[:4] == b"RAWG"


class RawGrey(ImageFile.ImageFile):
    format = "RAWG"

    def _open(self):
        head = self.fp.read(8)
        if head[4] == 0:
            raise SyntaxError("an image without rows")
        self._mode = "L"
        self._size = head[5], head[4]
        self.tile = [ImageFile._Tile("raw", (0, 0) + self.size, 8, ("L", 0, 1))]


def digest(image):
    return image.mode, image.size, hashlib.sha256(image.tobytes()).hexdigest()[:16]


def caught(what, function):
    try:
        print(what, function())
    except Exception as error:
        text = str(error)
        print(what, type(error).__name__, text if "0x" not in text else "")


def main():
    Image.register_open("RAWG", RawGrey, accept)
    image = fractal(72, 48, 40)
    print(digest(image), histogram(image.tobytes()))
    for _ in range(3):
        image = image.point(curve)
    print(digest(image), ImageStat.Stat(image).mean)
    image = image.point([curve(v) for v in range(256)])
    coloured = Image.merge("RGB", (image, ImageChops.invert(image), image.rotate(90).resize(image.size)))
    print(digest(sepia(coloured)))
    draw = ImageDraw.Draw(coloured)
    for i in range(600):
        colour = blend((255, 0, 10 * (i % 25)), (0, 255, 3), i / 600)
        draw.line((i % 72, 0, 71 - i % 72, 47), fill=colour)
    print(digest(coloured.filter(ImageFilter.GaussianBlur(2))), digest(coloured.quantize(16).convert("RGB")))
    for kind in "PNG", "BMP", "GIF", "PPM":
        stream = io.BytesIO()
        coloured.save(stream, kind)
        stream.seek(0)
        again = Image.open(stream)
        print(kind, again.format, digest(again.convert("RGB")))

    raw = b"RAWG\x10\x08\0\0" + bytes(i * 3 % 256 for i in range(128))
    for i in range(500):
        assert Image.open(io.BytesIO(raw)).size == (8, 16)
    print(digest(Image.open(io.BytesIO(raw)).rotate(90, expand=True)))
    caught("no rows", lambda: Image.open(io.BytesIO(b"RAWG\0\0\0\0")))
    caught("cut off", lambda: Image.open(io.BytesIO(raw[:50])).load())
    caught("curve of str", lambda: curve("a"))
    caught("point", lambda: image.point(lambda v: v / (v - 7)))
    caught("fraction", lambda: digest(image.point(lambda v: v * 0.5 + 3)))
    caught("sepia of L", lambda: sepia(image))
    caught("outside", lambda: image.getpixel((100, 100)))
    caught("blend", lambda: blend((1, 2), (1, 2, 3), 0.5))
    with warnings.catch_warnings(record=True) as caught_warnings:
        warnings.simplefilter("always")
        Image.MAX_IMAGE_PIXELS = 100
        Image.open(io.BytesIO(raw))
    print([w.category.__name__ for w in caught_warnings])
    fractal(4, 4, 0)


main()
