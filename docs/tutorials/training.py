# %% tags=["remove-cell"]
# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT

# %% [markdown]
# # Too much too soon
#
# **A runner doubles the weekly distance. When do bones break, and would they have if the change had been slow?**
#
# Each contact does a little damage to the bone. Cells find it, take the bone away and build it anew, in a few weeks.
# As long as repair keeps up, nothing happens. If damage comes faster, it adds up.
#
# bonefea follows a plan day by day: damage of the day in every piece of the cortex, repair of each day's damage on
# its own clock, and periosteal apposition, which is new bone around a shaft that is loaded more than usual. From the
# unrepaired damage follows a probability of fracture, after Taylor and others (2004) and Edwards and others (2009),
# for many virtual subjects; their mean says how many of 100 such people break. One free constant is calibrated on one
# published probability ([risk](../explanation/risk.md)). **This is research and teaching, not medical advice.**
# Compare plans; do not read off your own risk.
#
# ## A plan
#
# A plan is a file; the shipped ones are listed by `bonefea list`. Here we write our own from a list of kilometres in
# each week, run on four days at 3 m/s by somebody whose bone is pre-conditioned to the first week.

# %%
import tempfile
from pathlib import Path

import tomli_w

import fea
from fea.risk import RiskSettings

folder = tempfile.TemporaryDirectory()


def running_plan(name, kilometres):
    """File of a plan of running with so many kilometres in each week."""
    days = ("tuesday", "thursday", "saturday", "sunday")
    blocks = []
    for week, total in enumerate(kilometres, start=1):
        session = {"activity": "running", "days": days, "distance_km": total / len(days), "speed_m_per_s": 3.0}
        blocks.append({"weeks": (week, week), "sessions": [session]})
    head = {"schema": 1, "kind": "plan", "name": name, "title": name, "accustomed": True}
    file = Path(folder.name, f"{name}.toml")
    file.write_text(tomli_w.dumps({**head, "sources": {"plan": "made up"}, "blocks": blocks}))
    return str(file)


usual = [20] * 4
weeks = {
    "as usual": usual + [20] * 14,
    "sudden": usual + [40] * 14,
    "gradual": usual + [min(40, 20 * 1.1**week) for week in range(1, 15)],
    "sudden, every fourth week easy": usual + [20 if week % 4 == 0 else 40 for week in range(1, 15)],
}

# %% [markdown]
# ## Follow the plans
#
# The bone is solved once, as always, with elements of 6 mm; on 3 mm the expected share of a plan differs by a fifth of
# a percent of itself. A plan then takes a few seconds, most of them for the virtual subjects.


# %%
def followed(name, transient=False, **options):
    """Prediction of what one of the plans above does to the bone."""
    plan = running_plan(name.replace(" ", "_").replace(",", ""), weeks[name])
    settings = RiskSettings(samples=1024, sensitivity=0, transient=transient)
    return fea.plan("tibia", plan, size_mm=6, settings=settings, **options)


outcome = {name: followed(name) for name in weeks}

# %% mystnb={"image": {"alt": "Weekly distance of four plans; below, expected share: the sudden ones rise at once"}}
import matplotlib.pyplot as plt
import numpy as np

figure, (above, below) = plt.subplots(2, 1, figsize=(7, 6), sharex=True, layout="constrained")
for (name, found), style in zip(outcome.items(), ("-", "-", "-", "--"), strict=True):
    above.step(range(len(weeks[name]) + 1), [*weeks[name], weeks[name][-1]], style, where="post", label=name)
    below.plot(np.arange(1, len(found.share) + 1) / 7, 100 * found.share, style, label=name)
above.set(ylabel="km a week", ylim=(0, None))
above.legend(frameon=False, fontsize=8)
below.set(xlabel="week", xticks=range(0, 19, 2), ylabel="share with a fracture / %")
plt.show()

# %%
for name, found in outcome.items():
    print(f"{name:31} {sum(weeks[name]):4.0f} km, {found.headline}")
sudden = outcome["sudden"]
print("most probable place:", sudden.sites[sudden.share_by_site[:, -1].argmax()])

# %% tags=["remove-cell"]
last = {name: found.share[-1] for name, found in outcome.items()}
assert last["as usual"] < 0.7 * last["gradual"]
assert 0.95 * last["sudden"] < last["gradual"] <= last["sudden"]
assert last["sudden, every fourth week easy"] <= last["sudden"]
reached = {
    name: (found.share[62] - found.usual_share) / (found.share[-1] - found.usual_share)
    for name, found in outcome.items()
}
assert reached["sudden"] > 0.85
assert reached["gradual"] < 0.5

# %% [markdown]
# The curves begin with those whom 20 km a week break in the long run: the bone is adapted to it, but the damage of
# the
# usual training is there. After the sudden change nearly all of the added risk falls into five weeks; then repair has
# caught up and the curve is flat. **The gradual plan gains time, not safety**: it reaches the same 40 km a week and
# the same share, weeks later. In this model what counts is the largest load, because the shaft forms little bone in a
# few
# weeks and nobody stops when it hurts. A trial with 532 novices found no effect of a graded programme either.
#
# The easy week comes too late to help much: the damage is done within four weeks.
#
# ## What repair costs
#
# To repair a piece of bone, cells must first take it out. For three to four weeks the cortex is *more* porous than
# before, softer, and strained more: a remodelling transient. That much is known. How it couples to the strain is an
# assumption, so it is a switch (`transient`). Turn it on.

# %% mystnb={"image": {"alt": "Expected share with and without the remodelling transient, sudden and gradual plan"}}
delayed = {name: followed(name, transient=True) for name in ("sudden", "gradual", "sudden, every fourth week easy")}
figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
for number, name in enumerate(delayed):
    for found, style, note in ((outcome[name], "--", "without"), (delayed[name], "-", "with transient")):
        day = np.arange(1, len(found.share) + 1) / 7
        axes.plot(day, 100 * found.share, style, color=f"C{number}", label=f"{name}, {note}")
axes.set(xlabel="week", ylabel="share with a fracture / %")
axes.legend(frameon=False, fontsize=8)
plt.show()

# %%
for name, found in delayed.items():
    without, with_transient = (100 * plan.share[-1] for plan in (outcome[name], found))
    print(f"{name:31} {without:.1f} % without, {with_transient:.1f} % with the transient")

# %% tags=["remove-cell"]
for name, found in delayed.items():
    assert outcome[name].share[-1] < found.share[-1] < 1.3 * outcome[name].share[-1]
assert delayed["gradual"].share[-1] < delayed["sudden"].share[-1]
folder.cleanup()

# %% [markdown]
# Everything gets a little worse, and the gradual plan is now spared more than the sudden one, though not by much. A
# good
# question to ask of a model is not "what does it say" but "what does it say under every assumption I can't rule out".
#
# ## Try it
#
# 1. Put the easy week first: `[40, 40, 20, 40, ...]`. When must it come to help most?
# 2. How much is 30 km a week worth? Replace `min(40, …)` by `min(30, …)` and draw the final share over the limit.
# 3. Slower but further, or faster and shorter? Change `speed_m_per_s` and the distances so that the time on the feet
#    stays the same.
# 4. `followed("as usual", tissue="osteoporotic")`: what becomes of the usual 20 km?
# 5. On the command line: `bonefea plan tibia recruit` follows recruits through basic training with rising packs, and
#    draws a calendar.
