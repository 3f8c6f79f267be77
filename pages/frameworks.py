"""SINS, the epidural (Bilsky) grade and NOMS, on fictional example cases whose items can be changed."""

from modalities import load_catalog
from parts import view
from parts.address import read_address

catalog = load_catalog()
address = read_address("frameworks")
frame = catalog.frameworks[address.one("frame", catalog.frameworks, next(iter(catalog.frameworks)))]
examples = {example.id: example for example in frame.examples}
example = examples[address.one("example", examples, next(iter(examples)))]
answers = {
    item.id: address.one(item.id, [option.id for option in item.options], example.answers[item.id])
    for item in frame.items
}
untouched = dict.fromkeys(answers)  # an item as the example has it needs no place in the address
view.show(
    "frameworks.html",
    catalog=catalog,
    address=address,
    title=frame.name.plain,
    subject=frame.id,
    checked=[catalog.framework_file],
    frame=frame,
    example=example,
    answers=answers,
    changed=answers != example.answers,
    back=address.link(**untouched),
    reading=frame.read(answers),
    frame_links=[
        (f.name.technical.split(":")[0], address.link("frameworks", frame=f.id), f is frame)
        for f in catalog.frameworks.values()
    ],
    example_links=[
        (f"Case {n}", address.link(**untouched, example=e.id), e is example) for n, e in enumerate(frame.examples, 1)
    ],
    choices={
        item.id: [(o, address.link(**{item.id: o.id}), answers[item.id] == o.id) for o in item.options]
        for item in frame.items
    },
)
