# packages: sqlalchemy==2.1.9 typing-extensions==4.16.0
# keep: gainless
# skip: threshold2 nocache links gainless text
# compiled: soundex Packed.process_bind_param Packed.process_result_value Median.step Median.finalize
# compiled: before reverse_order report Person.checked
# An ORM on SQLite: functions, aggregates and collations of SQL, column types and events in compiled functions.
import traceback

from sqlalchemy import ForeignKey, String, TypeDecorator, UniqueConstraint, create_engine, event, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload, validates


def soundex(name):
    codes = {"b": 1, "f": 1, "p": 1, "c": 2, "g": 2, "k": 2, "s": 2, "d": 3, "t": 3, "l": 4, "m": 5, "n": 5, "r": 6}
    result, last = name[0].upper(), 0
    for c in name[1:]:
        code = codes.get(c, 0)
        if code and code != last:
            result += str(code)
        last = code
    return (result + "000")[:4]


class Median:
    """An aggregate of SQL."""

    def __init__(self):
        self.values = []

    def step(self, value):
        if value is None:
            raise ValueError("no value")
        self.values.append(value)

    def finalize(self):
        values = sorted(self.values)
        n = len(values)
        return values[n // 2] if n % 2 else (values[n // 2 - 1] + values[n // 2]) / 2


def reverse_order(a, b):
    if a == b:
        return 0
    return -1 if a > b else 1


class Packed(TypeDecorator):
    """A list of small numbers, as text."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        packed = ""
        for number in value:
            packed += chr(number + 32)
        return packed

    def process_result_value(self, value, dialect):
        return None if value is None else [ord(c) - 32 for c in value]


class Base(DeclarativeBase):
    pass


class Team(Base):
    __tablename__ = "team"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    people: Mapped[list["Person"]] = relationship(back_populates="team", cascade="all, delete-orphan")


class Person(Base):
    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("name", "team_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    sound: Mapped[str]
    points: Mapped[list[int]] = mapped_column(Packed)
    age: Mapped[int]
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    team: Mapped[Team] = relationship(back_populates="people")

    @validates("age")
    def checked(self, key, value):
        if value < 0:
            raise ValueError(f"{key} {value}")
        return value

    @hybrid_property
    def decade(self):
        return self.age // 10


@event.listens_for(Person, "before_insert")
def before(mapper, connection, person):
    person.sound = soundex(person.name)


def name(i):
    return "".join("bcdfgklmnprst"[i * k % 13] + "aeiou"[(i + k) % 5] for k in range(1, 4))


def report(session):
    lines = {}
    for person in session.scalars(select(Person).options(selectinload(Person.team)).order_by(Person.id)):
        key = person.team.name, person.decade
        lines[key] = lines.get(key, 0) + sum(person.points)
    return sorted(lines.items())


def caught(what, session, function):
    try:
        print(what, function())
    except SQLAlchemyError as error:
        session.rollback()
        print(what, type(error).__name__, error.orig)
    except Exception as error:
        session.rollback()
        print(what, type(error).__name__, error)


def main():
    engine = create_engine("sqlite://")

    @event.listens_for(engine, "connect")
    def connected(connection, record):
        connection.create_function("soundex_of", 1, soundex, deterministic=True)
        connection.create_aggregate("median", 1, Median)
        connection.create_collation("reversed", reverse_order)

    Base.metadata.create_all(engine)
    with Session(engine) as session:
        teams = [Team(name=f"team {i}") for i in range(6)]
        for i in range(600):
            points = [i % 90, i * 7 % 64]
            teams[i % 6].people.append(Person(name=f"{name(i)}{i}", age=18 + i * 11 % 60, points=points))
        session.add_all(teams)
        session.commit()
        for line in report(session)[:6]:
            print(line)
        print(session.scalars(select(Person.sound).where(Person.decade == 3)).all()[:5])
        print(session.execute(select(Team.name, func.median(Person.age)).join(Person).group_by(Team.id)).all())
        by_age = select(Person.age, func.median(Person.id)).group_by(Person.age)
        print(sum(sum(median for _, median in session.execute(by_age)) for _ in range(8)))
        ordered = text("select name from person order by name collate reversed limit 4")
        print(session.execute(ordered).scalars().all())
        grouped = select(func.soundex_of(Person.name).label("s"), func.count()).group_by("s").order_by("s").limit(4)
        print(session.execute(grouped).all())

        caught("median of nulls", session, lambda: session.execute(text("select median(null)")).all())
        caught("soundex of a number", session, lambda: session.scalar(select(func.soundex_of(7))))
        caught("age", session, lambda: Person(name="x", age=-1))
        caught("twice", session, lambda: session.add(Team(name="team 1")) or session.commit())
        odd = dict(name="ab", age=1, points=["a"], team_id=1)
        caught("points", session, lambda: session.add(Person(**odd)) or session.flush())
        session.delete(session.get(Team, 2))
        session.flush()
        print(session.scalar(select(func.count()).select_from(Person)))
        session.rollback()
        print(session.scalar(select(func.count(Person.id))))
        try:
            session.execute(select(Person).where(Person.points == [1, 2000000])).all()
        except SQLAlchemyError as error:
            print(type(error).__name__, error.orig)
            print(traceback.format_exc().splitlines()[-8:])
        with session.begin_nested():
            raise KeyError("in a savepoint")


main()
