# %% tags=["remove-cell"]
# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT

# %% [markdown]
# # Design your own study
#
# **Take shorter steps, run slower, or change shoes: what spares the shin most?**
#
# One run answers one question. A study asks many, and all in the same way, so that nothing but the factor changes. It
# is one file: what all cases share, what varies, and whose bones.
#
# ## The question as a file
#
# `size = 6` makes the elements twice as large as usual; p95 of running is the same to 0.1 %.
#
# Before you write the file, write down what you expect, and how large an effect would matter. Afterwards everybody
# knew it all along.

# %%
import tempfile
from pathlib import Path

text = """
schema = 1
kind = "study"
name = "spare_the_shin"
title = "Speed, step rate and shoe"

[base]
bone = "tibia"
activity = "running"
mass = 70
size = 6

[cross]
speed = [3.0, 3.5, 4.0]
step_rate = [160, 170, 180, 190]
footwear = ["minimal", "conventional", "maximal"]
"""
folder = tempfile.TemporaryDirectory()
file = Path(folder.name, "spare_the_shin.toml")
_ = file.write_text(text)
# %% [markdown]
# ## Plan before you run
#
# Three factors fully crossed: 3 × 4 × 3 cases. They all share the bone, so there is one mesh and one factorisation,
# and each case is a superposition. On the command line `bonefea study FILE --dry-run` shows this.

# %%
from fea.studies import plan_of, read_study

plan = plan_of(read_study(str(file)))
print(f"{len(plan.cases)} cases on {plan.meshes} mesh in {len(plan.groups)} group")

# %%
import fea

result = fea.study(str(file), Path(folder.name, "study"), workers=1)
print(f"{len(result.cases)} cases, {result.table['case'].nunique()} finished")

# %% tags=["remove-cell"]
assert len(plan.cases) == 36
assert len(plan.groups) == 1
assert result.table["case"].nunique() == len(result.cases) == 36

# %% [markdown]
# ## One tidy table
#
# A row for each case and metric, units in a column. That is the form in which pandas can do anything with it.

# %%
table = result.table
p95 = table[table["metric"] == "p95"]
p95.pivot_table(index=["speed", "step_rate"], columns="footwear", values="value").round(0)

# %% [markdown]
# ## Main effects
#
# What does each factor do, averaged over the others, against its first level?

# %% mystnb={"image": {"alt": "Mean strain over each level of speed, step rate and shoe"}}
import matplotlib.pyplot as plt

factors = ["speed", "step_rate", "footwear"]
figure, panels = plt.subplots(1, 3, figsize=(9, 3.2), sharey=True, layout="constrained")
effect = {}
for axes, factor in zip(panels, factors, strict=True):
    mean = p95.groupby(factor, sort=False)["value"].mean()
    effect[factor] = mean.max() / mean.min() - 1
    axes.plot([str(level) for level in mean.index], mean.to_numpy(), "o-")
    axes.set(xlabel=factor.replace("_", " "))
panels[0].set_ylabel("95 % of the bone below / µε")
plt.show()

# %%
for factor, size in sorted(effect.items(), key=lambda item: -item[1]):
    print(f"{factor:10} moves strain by {100 * size:.1f} % over its range")

# %% tags=["remove-cell"]
assert effect["speed"] > effect["footwear"] > 0.8 * effect["step_rate"]
assert 0.04 < effect["footwear"] < 0.09
folder.cleanup()

# %% [markdown]
# ## Read the result against the model
#
# - *Does it agree?* Speed moves most, shoe and step rate half of that. With quicker steps each contact has to lift the
#   body less, but it is shorter too, by a rule that was made from what is known of both
#   ([stance](../explanation/stance.md)). A tenth less stride was published to take 3 to 6 points of probability off
#   a plan ([risk](../explanation/risk.md)): compare before you believe a number.
# - *Is it in the model?* A factor can only matter through the forces. What a shoe changes in
#   `loadcases/shared/footwear.toml` comes from studies with few people, and where no effect was found it is 1. The
#   study can't find what was not put in.
# - *Per contact or per kilometre?* More steps are more contacts. Multiply, with the exponent of [lesson
#   3](load.py), before you recommend anything.
# - *Whose bone?* One average bone. With `[subjects]` in the file a virtual cohort of different bones runs in every
#   design, and the comparison is within each person.
#
# ## Try it
#
# 1. Add damage per kilometre: which step rate is best at each speed?
# 2. Add `[subjects]` with `cohort = "active_adults"`, `count = 8`, `seed = 1`. Is the effect of the shoe larger than
#    the difference between people?
# 3. `bonefea compare runs/mine@footwear=minimal runs/mine@footwear=maximal` on your own study folder.
# 4. Write a study about packs: 0 to 45 kg, on the back or evenly distributed. Shipped ones are listed by `bonefea
#    list`.
