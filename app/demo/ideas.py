"""What the demo's regions plan and promise: examples made up for it, each with its benefit before its technology.

No region said any of this. Every record made from it carries `SAID` in one of its texts.
"""

from typing import Any

SAID = "simulated by the demo: drawn by lot, said by nobody"

# dimension, sub-dimension, title, benefit, beneficiaries, unit, baseline, target, technology
_IDEAS: tuple[tuple[str, str, str, str, str, str, int, int, str], ...] = (
    (
        "governance",
        "service",
        "Permits in one visit",
        "Residents get a permit in one visit instead of five.",
        "Everyone who asks for a permit",
        "days to a permit",
        14,
        3,
        "One desk with shared files of all agencies",
    ),
    (
        "economy",
        "transaction",
        "Market stalls take payments without cash",
        "Stall holders lose no change and keep a record of what they sell.",
        "Stall holders of the public markets",
        "% of stalls",
        5,
        60,
        "The national standard of QR payments",
    ),
    (
        "living",
        "health",
        "No queue at the clinic",
        "Patients wait at home and come when it is their turn.",
        "Patients of the community clinics",
        "minutes waiting",
        120,
        30,
        "Numbers by text message",
    ),
    (
        "living",
        "mobility",
        "Buses that come when they say",
        "Pupils and workers reach school and work on time.",
        "Passengers of public transport",
        "% on time",
        55,
        85,
        "Positions of buses at the stops",
    ),
    (
        "society",
        "learning",
        "Every school on line",
        "Pupils of far schools take the lessons that others take.",
        "Pupils of schools without a connection",
        "% of schools",
        40,
        90,
        "Links by radio where there is no cable",
    ),
    (
        "environment",
        "waste",
        "Waste is collected and weighed",
        "Streets stay clean, and residents earn from what they sort.",
        "Households in dense quarters",
        "tonnes a day to the landfill",
        300,
        220,
        "Scales and a ledger at each waste bank",
    ),
    (
        "branding",
        "tourism",
        "Visitors find the way",
        "Visitors stay a night longer and spend it in the region.",
        "Guest houses, guides and food stalls",
        "nights a visit",
        1,
        2,
        "A calendar of events that all can read",
    ),
    (
        "society",
        "security",
        "One number for help",
        "Help is on its way within minutes, whoever is needed.",
        "All residents",
        "minutes to arrival",
        45,
        15,
        "One dispatch room for all services",
    ),
)
MOST = len(_IDEAS)


def initiative(number: int, first_year: int, last_year: int) -> dict[str, Any]:
    """Return an initiative of a plan, whose target is to be reached in its last year."""
    promise = _promise(number)
    promise["measure"]["year"] = last_year
    return promise | {
        "owner_agency": "Dinas Komunikasi dan Informatika",
        "first_year": first_year,
        "last_year": last_year,
        "budget": [
            {"year": year, "source": "apbd", "amount": (number + 1) * 250_000_000}
            for year in range(first_year, last_year + 1)
        ],
    }


def quick_win(number: int, starts_on: str, ends_on: str) -> dict[str, Any]:
    """Return a quick win."""
    return _promise(number) | {"starts_on": starts_on, "ends_on": ends_on, "budget": 100_000_000}


def _promise(number: int) -> dict[str, Any]:
    dimension, sub_dimension, title, benefit, beneficiaries, unit, baseline, target, technology = _IDEAS[number]
    return {
        "title": f"{title} (simulasi)",
        "benefit": f"{benefit} ({SAID})",
        "beneficiaries": beneficiaries,
        "measure": {"unit": unit, "baseline": baseline, "target": target},
        "technology": technology,
        "dimension": dimension,
        "sub_dimension": sub_dimension,
    }
