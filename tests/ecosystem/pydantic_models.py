# packages: pydantic==2.14.4 pydantic-core==2.50.5 annotated-types==0.8.0
# packages: typing-extensions==4.16.0 typing-inspection==0.4.5
# keep: gainless
# skip: threshold2 nocache links gainless text
# compiled: luhn even Order.tidy Order.consistent Order.total Order.plain area scaled
# Validators, serialisers and computed fields in compiled functions, called by pydantic's core; their errors.
from __future__ import annotations

import datetime
import functools
import traceback
from decimal import Decimal
from enum import Enum
from typing import Annotated, Generic, Literal, TypeVar, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    computed_field,
    field_serializer,
    field_validator,
    model_validator,
    validate_call,
)


def luhn(text):
    total = 0
    for i, c in enumerate(reversed(text)):
        d = ord(c) - 48
        if i % 2:
            d *= 2
            if d > 9:
                d -= 9
        total += d
    if total % 10:
        raise ValueError("the check digit is wrong")
    return text


def even(value):
    assert value % 2 == 0, f"{value} is odd"
    return value


class State(Enum):
    NEW = "new"
    PAID = "paid"


class Line(BaseModel):
    model_config = ConfigDict(frozen=True)
    name: str = Field(min_length=2)
    count: Annotated[int, AfterValidator(even)]
    price: Decimal


class Order(BaseModel):
    number: Annotated[str, AfterValidator(luhn)]
    lines: list[Line]
    state: State = State.NEW
    day: datetime.date
    notes: dict[str, Union[int, str]] = {}

    @field_validator("notes", mode="before")
    @classmethod
    def tidy(cls, value):
        return {key.strip().lower(): each for key, each in value.items()}

    @model_validator(mode="after")
    def consistent(self):
        if self.state is State.PAID and not self.lines:
            raise ValueError("paid for nothing")
        return self

    @computed_field
    @property
    def total(self) -> float:
        total = 0.0
        for line in self.lines:
            total += line.count * float(line.price)
        return total

    @field_serializer("day")
    def plain(self, day, info):
        return day.isoformat() if info.mode == "json" else day.toordinal()


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: float


class Box(BaseModel):
    kind: Literal["box"]
    sides: tuple[float, float]


T = TypeVar("T")


class Drawing(BaseModel, Generic[T]):
    shapes: list[Annotated[Union[Circle, Box], Field(discriminator="kind")]]
    extra: T


def area(drawing):
    total = 0.0
    for shape in drawing.shapes:
        if shape.kind == "circle":
            total += shape.radius * shape.radius * 3.0
        else:
            total += shape.sides[0] * shape.sides[1]
    return total


def halves(value):
    return value // 2 if isinstance(value, int) else value


@validate_call
def scaled(x: Annotated[int, BeforeValidator(halves)], factor: float = 1.5) -> float:
    return x * factor


def data(i):
    number = str(4000 + i)
    digits = next(d for d in "0123456789" if passes(number + d))
    lines = [{"name": f"n{j}", "count": str(2 * j), "price": f"{j}.{i % 90 + 10}"} for j in range(i % 4)]
    day = f"2024-0{i % 9 + 1}-1{i % 9}"
    return {"number": number + digits, "lines": lines, "day": day, "notes": {f" K{i % 5} ": i}}


@functools.cache
def passes(text):
    try:
        return bool(luhn(text))
    except ValueError:
        return False


def caught(what, function):
    try:
        print(what, function())
    except ValidationError as error:
        print(what, error)
    except Exception as error:
        print(what, type(error).__name__, error)


def main():
    orders = [Order.model_validate(data(i)) for i in range(600)]
    print(sum(order.total for order in orders))
    print(orders[7].model_dump())
    print(orders[11].model_dump_json())
    again = [Order.model_validate_json(order.model_dump_json(exclude={"total"})) for order in orders]
    print(again == orders, again[3].notes, len({line for order in orders for line in order.lines}))

    caught("digit", lambda: Order.model_validate(data(3) | {"number": "40001"}))
    caught("odd", lambda: Order(**data(2) | {"lines": [{"name": "a", "count": 3, "price": "x"}], "state": "lost"}))
    caught("nothing", lambda: Order(**data(4) | {"state": "paid", "lines": []}))
    caught("notes", lambda: Order(**data(4) | {"notes": {1: 2}}))
    caught("frozen", lambda: setattr(orders[7].lines[1], "count", 4))
    caught("luhn", lambda: Order(**data(1) | {"number": "4é0"}))

    shapes = [{"kind": "circle", "radius": i} if i % 3 else {"kind": "box", "sides": (i, "2")} for i in range(30)]
    drawings = [Drawing[int](shapes=shapes, extra=str(i)) for i in range(60)]
    print(sum(area(drawing) for drawing in drawings), drawings[9].extra)
    caught("union", lambda: Drawing[int](shapes=[{"kind": "star"}, {"kind": "box", "sides": [1]}], extra="x"))
    drawings[0].shapes[1].radius = "big"
    caught("area", lambda: area(drawings[0]))
    print(Drawing[datetime.date].model_json_schema()["properties"]["extra"])

    print(sum(scaled(i, factor=0.5) for i in range(600)), scaled("8"))
    caught("scaled", lambda: scaled("a", factor=None))
    try:
        Line(name="ab", count=2.5, price=1)
    except ValidationError as error:
        for each in error.errors():
            print(each["loc"], each["type"], each["msg"])
    try:
        Order(**data(1) | {"notes": 3})
    except AttributeError:
        traceback.print_exc()
    Order(**data(2) | {"number": "4001"})


main()
