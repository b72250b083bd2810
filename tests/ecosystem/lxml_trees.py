# packages: lxml==6.1.3
# keep: gainless
# compiled: weight shorten Collector.start Collector.data walk depth Local.resolve Item.price
# Compiled functions as XPath and XSLT extensions, parser targets, resolvers and element classes.
import io
import traceback

from lxml import etree, objectify

ITEMS = 500


def document():
    rows = (
        f'<item id="i{i}" kind="{"abc"[i % 3]}"><name>Thing {i * 7 % 91}</name>'
        f"<price>{i % 23}.{i % 90 + 10}</price>{'<deep><er/></deep>' * (i % 4 == 0)}</item>"
        for i in range(ITEMS)
    )
    return f"<shop>{''.join(rows)}</shop>"


def weight(context, nodes, factor):
    total = 0.0
    for node in nodes:
        total += float(node.text) * factor
    if total < 0:
        raise ValueError(f"weight {total}")
    return total


def shorten(context, values):
    text = values if isinstance(values, str) else values[0].text
    return text[:3] + "~" + text[-1]


class Collector:
    """A parser target: called for each event."""

    def __init__(self, limit):
        self.limit = limit
        self.level = self.deepest = self.letters = 0
        self.kinds = {}

    def start(self, tag, attributes):
        self.level += 1
        if self.level > self.deepest:
            self.deepest = self.level
        kind = attributes.get("kind", tag)
        self.kinds[kind] = self.kinds.get(kind, 0) + 1

    def end(self, tag):
        self.level -= 1

    def data(self, text):
        self.letters += len(text)
        if self.letters > self.limit:
            raise OverflowError(f"{self.letters} letters")

    def close(self):
        return self.deepest, self.letters, sorted(self.kinds.items())


def walk(element):
    count = 1
    for child in element:
        count += walk(child)
    return count


def depth(element):
    best = 0
    while element is not None:
        element = element.getparent()
        best += 1
    return best


class Local(etree.Resolver):
    def resolve(self, url, public_id, context):
        if not url.startswith("part:"):
            return None
        number = int(url[5:])
        return self.resolve_string(f"<part>{number * number % 97}</part>", context)


class Item(etree.ElementBase):
    @property
    def price(self):
        return float(self.findtext("price")) * 1.19


STYLE = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:t="urn:test">
<xsl:output omit-xml-declaration="yes"/>
<xsl:template match="/shop"><list><xsl:apply-templates select="item"/></list></xsl:template>
<xsl:template match="item"><i w="{t:weight(price, 2)}"><xsl:value-of select="t:shorten(name)"/></i></xsl:template>
</xsl:stylesheet>"""


def caught(what, function):
    try:
        print(what, function())
    except Exception as error:
        print(what, type(error).__name__, error)


def main():
    text = document()
    shop = etree.fromstring(text)
    functions = etree.FunctionNamespace("urn:test")
    functions.prefix = "t"
    functions["weight"], functions["shorten"] = weight, shorten
    print(shop.xpath("t:weight(item/price, 1.5)"), len(shop.xpath("item[t:weight(price, 1) > 10]")))
    print(shop.xpath("string(t:shorten(item[7]/name))"), walk(shop), max(depth(e) for e in shop.iter()))
    caught("negative", lambda: shop.xpath("item[t:weight(price, -1) > 10]"))
    caught("wrong type", lambda: shop.xpath("t:weight(1, 2)"))
    caught("no function", lambda: shop.xpath("t:nothing()"))

    transform = etree.XSLT(etree.fromstring(STYLE))
    print(str(transform(shop))[:200])
    functions["shorten"] = lambda context, nodes: 1 / 0
    caught("transform", lambda: str(transform(shop)))
    functions["shorten"] = shorten

    for limit in 100_000, 3_000:
        caught("target", lambda: etree.fromstring(text, etree.XMLParser(target=Collector(limit))))
    parser = etree.XMLParser(load_dtd=True, resolve_entities=True)
    parser.resolvers.add(Local())
    for i in range(450):
        whole = f'<!DOCTYPE d [<!ENTITY p SYSTEM "part:{i}">]><d>&p;</d>'
        root = etree.fromstring(whole, parser)
    print(etree.tostring(root))
    caught("resolver", lambda: etree.fromstring('<!DOCTYPE d [<!ENTITY p SYSTEM "part:x">]><d>&p;</d>', parser))

    lookup = etree.ElementNamespaceClassLookup()
    lookup.get_namespace(None)["item"] = Item
    parser = etree.XMLParser()
    parser.set_element_class_lookup(lookup)
    priced = etree.fromstring(text, parser)
    print(round(sum(item.price for item in priced.iterfind("item")), 6))
    priced[3].remove(priced[3].find("price"))
    caught("price", lambda: priced[3].price)

    letters = 0
    for _, element in etree.iterparse(io.BytesIO(text.encode()), tag="name"):
        letters += len(element.text)
        element.clear()
    print(letters)
    boxes = objectify.fromstring(text)
    total = 0
    for item in boxes.item:
        total += item.price if item.get("kind") == "a" else item.price // 1
    print(round(float(total), 6), type(total).__name__)
    caught("syntax", lambda: etree.fromstring("<a><b></a>"))
    try:
        etree.fromstring(text, etree.XMLParser(target=Collector(10)))
    except OverflowError:
        traceback.print_exc()
    etree.fromstring("<shop>" + "<a>" * 3 + "</shop>")


main()
