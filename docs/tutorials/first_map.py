# %% tags=["remove-cell"]
# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT

# %% [markdown]
# # The first map
#
# **Where is a shinbone strained most when you run?**
#
# When the foot is on the ground in running, the calf muscles pull with several times the body's weight, and the ankle
# pushes back with even more. The bone in between is squeezed and bent. It gives way by a few tenths of a percent,
# which nobody can see, and springs back. Where it gives way most, small cracks form first. So the first thing to know
# is the place.
#
# We ask for the average man's right tibia, running at 4 m/s with 70 kg. `size_mm=6` makes the elements twice as large
# as usual, which is good enough to learn with and solves the bone in seconds. With the usual 3 mm p95 is the same to
# 0.1 %, the strain of a hotspot differs by half a percent, a strained volume by one percent, and a gauge where strain
# changes quickly around the bone, as the first one below, by five.

# %%
import fea

result = fea.run("tibia", "running", mass_kg=70, size_mm=6)
result

# %% [markdown]
# ## The map
#
# What you see is the bone from four sides; the brighter, the more it is strained during the contact,
# each place at its own worst moment.
# Grey is not evaluated: there a load or the support enters.

# %% [markdown]
# ## The hotspots
#
# A hotspot is a connected piece of bone in which the strain comes near the largest one. The program names the place
# as a clinician would. Strain is in µε, microstrain: 1000 µε is a tenth of a percent. Compression is negative.

# %%
for spot in result.hotspots:
    print(f"{spot.rank}. {spot.site}, {100 * spot.level:.0f} % up the bone: {spot.mode} {spot.strain_ue:.0f} µε")

# %% tags=["remove-cell"]
worst = result.hotspots[0]
assert worst.mode == "compression"
assert worst.sector in {"posterior", "posteromedial"}
assert 0.2 < worst.level < 0.4

# %% [markdown]
# The back of the bone, a quarter of the way up and towards its inner side, is pressed together most. The front is
# stretched. Pressed behind and stretched in front: the bone bends backwards, like a fishing rod. [The next
# lesson](beam.py) shows why.
#
# Runners do break the tibia in the middle to distal third, at its *posteromedial* border. Does the model prove why? A
# few degrees of posture, or a bone that bows a little less to the side, move the place straight to the back
# ([how certain the site is](../explanation/stance.md)). A model is as good as what it is told.
#
# ## One contact, in time
#
# The foot is on the ground for a quarter of a second. Virtual strain gauges sit where real ones were glued to
# volunteers. One lies on the anteromedial side of the mid-shaft, where the shinbone is just under the skin; another
# on the back.

# %% mystnb={"image": {"alt": "Strain over one contact at two gauges; the back of the bone is pressed most"}}
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
for gauge, colour in zip(result.gauges[:2], ("C0", "C1"), strict=True):
    name = gauge.name.replace("_", " ")
    axes.plot(1000 * gauge.time_s, gauge.tension_ue, color=colour, label=f"{name}: stretched most")
    axes.plot(1000 * gauge.time_s, gauge.compression_ue, color=colour, ls="--", label=f"{name}: pressed most")
axes.axhline(0, color="grey", lw=0.8)
axes.set(xlabel="time since the foot touched the ground / ms", ylabel="strain / µε")
axes.legend(frameon=False, fontsize=8)
plt.show()

# %% [markdown]
# ## One number for the whole bone
#
# Half of the bone is strained little: the wide ends are spongy and share the load over a large area. `p95` is the
# strain that 95 % of the volume stays below.

# %%
summary = result.summary
print(f"half of the volume below {summary.p50_ue:.0f} µε, 95 % below {summary.p95_ue:.0f} µε")
volume = summary.strained_volume_mm3[4000]
print(f"above 4000 µε: {volume:.0f} mm³, a cube of {volume ** (1 / 3):.0f} mm")

# %% [markdown]
# ## Try it
#
# 1. Replace `"running"` by `"walking"`. By what factor does `p95` fall? Is the worst place the same?
# 2. Replace `"tibia"` by `"metatarsal2"` and leave `size_mm` out. Which side of the bone is pressed, the upper
#    (dorsal) or the lower (plantar)?
# 3. Change `mass_kg` to 140. The picture stays and the numbers at its colour bar double. Why? (Strain is proportional
#    to the forces, and the forces to the weight.) What would change in a real person of that weight?
