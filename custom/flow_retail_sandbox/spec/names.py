"""Words that invented Norwegian customers are made of."""

from typing import Final

FIRST_NAMES: Final = (
    "Kari", "Ola", "Ingrid", "Lars", "Anne", "Bjørn", "Solveig", "Håkon", "Marit", "Øyvind", "Åse", "Jørgen",
    "Liv", "Pål", "Astrid", "Sindre", "Tuva", "Torbjørn", "Synnøve", "Eirik", "Ragnhild", "Asbjørn", "Märta",
    "Gunnar", "Hedda", "Kåre", "Vilde", "Odd", "Sølvi", "Trygve", "Maja", "Aslak", "Fatima", "Amir", "Lovise",
)  # fmt: skip

LAST_NAMES: Final = (
    "Nordmann", "Hansen", "Bråten", "Sæther", "Ødegård", "Åsheim", "Lunde", "Bakken", "Moen", "Strøm",
    "Haugen",
    "Løken", "Nygård", "Vik", "Bøe", "Solberg", "Tveit", "Rønning", "Fjeldstad", "Skår", "Myhre", "Aasen",
    "Kråkenes", "Gjørvad", "Sørlie", "Østby", "Hegge", "Ahmed", "Utsira", "Væringstad", "Brekke", "Engen",
)  # fmt: skip

STREETS: Final = (
    "Storgata", "Kirkeveien", "Bjørkelia", "Åsveien", "Sjøgata", "Øvre Bakklandet", "Havneveien", "Skolegata",
    "Industriveien", "Fjæregata", "Granstubben", "Nedre Torg", "Kvernhusbakken", "Rådhusplassen",
    "Lønnealléen",
)  # fmt: skip

CITIES: Final = (
    ("0150", "Oslo"), ("5003", "Bergen"), ("7010", "Trondheim"), ("4006", "Stavanger"), ("9008", "Tromsø"),
    ("6002", "Ålesund"), ("1706", "Sarpsborg"), ("8006", "Bodø"), ("3110", "Tønsberg"), ("4836", "Arendal"),
    ("2317", "Hamar"), ("9510", "Alta"), ("1530", "Moss"), ("3916", "Porsgrunn"), ("6413", "Molde"),
    ("2004", "Lillestrøm"), ("7650", "Verdal"), ("4370", "Egersund"), ("5411", "Stord"), ("9950", "Vardø"),
)  # fmt: skip
"""Postal codes and cities."""

COMPANY_STEMS: Final = (
    "Fjord", "Nordlys", "Bølgen", "Østavind", "Gråstein", "Måke", "Furu", "Blåfjell", "Sølvtind", "Ørnevik",
    "Havbris", "Tømmer", "Myrull", "Kvitbjørn", "Lyngmo", "Åpent Hav", "Rødhette", "Vestavind", "Isbre",
    "Tindved",
)  # fmt: skip

COMPANY_TRADES: Final = (
    "Sykkel", "Sport", "Bygg", "Møbler", "Elektro", "Fisk & Redskap", "Hagesenter", "Kafé", "Interiør",
    "Klær",
    "Optikk", "Rør", "Maskin", "Bokhandel", "Båtutstyr", "Regnskap",
)  # fmt: skip

DEPARTMENTS: Final = ("Avd. Nord", "Avd. Sør", "Avd. Øst", "Avd. Vest", "Lager", "Verksted")

DOMAINS: Final = ("example.com", "example.org", "example.net")
"""Reserved names: no mail sent there can reach anybody."""

_PLAIN: Final = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "é": "e", " ": "", "&": "", ".": ""})


def plain(text: str) -> str:
    """Write a name the way it stands in an e-mail address."""
    return text.lower().translate(_PLAIN)
