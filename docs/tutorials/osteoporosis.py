# %% tags=["remove-cell"]
# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT

# %% [markdown]
# # A thinner bone
#
# **How much more is an osteoporotic bone strained by the same walk?**
#
# With age and disease the cortex of a long bone gets thinner from the inside and more porous, and the spongy bone at
# the ends gets sparser. The legs carry the same person. bonefea knows three states and anything between them. What
# each changes, against a healthy young adult, stands in a file with its sources.
#
# One warning first. Osteoporosis is diagnosed at the hip or the spine, as a T-score. How a T-score there translates
# to the wall of a shinbone is *not* published one to one. The states are suggestions, and the file says so.
#
# Elements are 6 mm. A thin wall feels it more than a thick one: on 3 mm p95 of the osteoporotic bone is two percent
# larger, and the volumes above 4000 µε differ by up to six.

# %%
from fea.case import read_tissue

states = ["healthy", "osteopenic", "osteoporotic"]
for name in states:
    state = read_tissue(name)
    print(
        f"{state.title:28} wall × {state.thickness_factor[0]:.2f}, pores {100 * state.porosity:.0f} %, "
        f"cancellous density × {state.cancellous_factor:.2f}"
    )

# %% [markdown]
# ## Guess first
#
# Pores make the cortex softer; its modulus falls with the third power of what is left (Currey 1988). A thinner wall
# has less area $A$ and a smaller second moment $I$. If the shaft is a beam, as [lesson 2](beam.py) showed, strain
# goes with $1/(EA)$ when it is pushed and with $1/(EI)$ when it is bent.

# %%
import numpy as np

import fea
from fea.bone import section_properties

walks = {name: fea.run("tibia", "walking", size_mm=6, tissue=name) for name in states}


def stiffness(result):
    """EA in N and EI in N·mm² of the cortex at mid-shaft, bending from crest to back."""
    shaft = np.abs(result.mesh.centroids[:, 1] / result.case.bone.length_mm - 0.5) < 0.05
    modulus = result.bone.elasticity.modulus[shaft].max()
    section = section_properties(result.mesh, 0.5 * result.case.bone.length_mm)
    return modulus * section["cortical area / mm²"], modulus * section["largest second moment / mm⁴"]


healthy = stiffness(walks["healthy"])
guess = {}
for name, walk in walks.items():
    own = stiffness(walk)
    guess[name] = (healthy[0] / own[0], healthy[1] / own[1])
    print(f"{name:13} strain × {guess[name][0]:.2f} when pushed, × {guess[name][1]:.2f} when bent")

# %% [markdown]
# Bending suffers less than pushing. The wall is lost on the inside, near the middle of the section, where it did
# little against bending. A bone that must get thinner does well to do it there.
#
# ## Then ask

# %%
gauges = {}
for name, walk in walks.items():
    back = next(gauge for gauge in walk.gauges if gauge.name == "posterior_midshaft").reading
    gauges[name] = back.compression_ue
    print(
        f"{name:13} back of the mid-shaft {back.compression_ue:.0f} µε, × {back.compression_ue / gauges['healthy']:.2f}"
    )

# %% tags=["remove-cell"]
ratio = gauges["osteoporotic"] / gauges["healthy"]
pushed, bent = guess["osteoporotic"]
assert 0.95 * bent < ratio < 1.05 * pushed
assert 1.4 < ratio < 1.8

# %% [markdown]
# The finite elements land between the two guesses, as they must for a bone that is pushed and bent.
#
# ## The whole bone, walking and running

# %% mystnb={"image": {"alt": "Volume of bone strained above a value; the worse the state, the further right"}}
import matplotlib.pyplot as plt

runs = {name: fea.run("tibia", "running", size_mm=6, tissue=name) for name in states}
figure, panels = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained", sharey=True)
for axes, (title, results) in zip(panels, {"walking": walks, "running, 4 m/s": runs}.items(), strict=True):
    for name, result in results.items():
        strain = 1e6 * result.envelope.equivalent[result.evaluated]
        order = np.argsort(-strain)
        volume = np.cumsum(result.mesh.volumes[result.evaluated][order]) / 1000
        axes.semilogy(strain[order], volume, label=name)
    axes.set(title=title, xlabel="equivalent strain / µε", ylim=(0.05, None))
panels[0].set_ylabel("bone strained more than that / cm³")
panels[1].legend(frameon=False)
plt.show()

# %%
for title, results in {"walking": walks, "running": runs}.items():
    for name, result in results.items():
        summary = result.summary
        print(
            f"{title} {name:13} p95 {summary.p95_ue:.0f} µε, {summary.strained_volume_mm3[4000]:6.0f} mm³ above 4000 µε"
        )

# %% tags=["remove-cell"]
for results in (walks, runs):
    p95 = [results[name].summary.p95_ue for name in states]
    assert p95 == sorted(p95)
more = walks["osteoporotic"].summary.p95_ue / walks["healthy"].summary.p95_ue
assert more**6.6 > 10
assert walks["osteoporotic"].summary.p95_ue < runs["healthy"].summary.p95_ue

# %%
more = walks["osteoporotic"].summary.p95_ue / walks["healthy"].summary.p95_ue
print(f"walking, osteoporotic against healthy: strain × {more:.2f}, damage per step × {more**6.6:.0f}")

# %% [markdown]
# A walk in an osteoporotic bone strains it less than a run in a healthy one. But the damage of each step is more than
# ten times that in a healthy bone, and the weak bone also endures less at the same strain. That is an *insufficiency
# fracture*: everyday load, bone that cannot bear it.
#
# What is left out matters here. People with weak bones also walk slower, have weaker muscles and adapt the outer
# shape of the bone, which would all lower the strain. The model keeps the walk of a young adult.
#
# ## Try it
#
# 1. `t_score=-1.8` in place of `tissue`: draw strain over T-score from 0 to −4.
# 2. `age=80, sex="female"`: is ageing as bad as the disease?
# 3. Which matters more, the thinner wall or the pores? Copy `meshes/tissue/osteoporotic.toml`, set one of them back
#    to healthy, and pass the path of your file as the tissue.
# 4. Could a bone make up for a thinner wall by growing wider? By how much would the outer width have to grow to get
#    $I$ back?
