# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Manufactured solution: errors fall at the rates of theory, neither slower nor faster."""

from __future__ import annotations

import numpy as np
import pytest

from fea.solve import ElasticBody, backend

MODULUS = 10.0
POISSON = 0.3


def displacement(sin, exp, x):
    """Return a smooth field without symmetry, which is no polynomial of any degree."""
    return (
        sin(1.3 * x[0] + 0.7 * x[1] + 0.2) * exp(0.5 * x[2]),
        exp(0.6 * x[0] - 0.4 * x[2]) * sin(1.1 * x[1] + 0.3),
        sin(0.9 * x[2] + 0.8 * x[0]) * exp(-0.5 * x[1]),
    )


def body_force(x):
    """Return f = −div σ(u), which makes the field the solution."""
    import ufl

    u = ufl.as_vector(displacement(ufl.sin, ufl.exp, x))
    ε = ufl.sym(ufl.grad(u))
    μ = MODULUS / (2.0 * (1.0 + POISSON))
    λ = MODULUS * POISSON / ((1.0 + POISSON) * (1.0 - 2.0 * POISSON))
    return -ufl.div(λ * ufl.tr(ε) * ufl.Identity(3) + 2.0 * μ * ε)


def errors(block, outer_triangles, n, degree):
    """Return the L2 norms of the error of u and of its gradient on a cube of n³ bricks."""
    import ufl
    from dolfinx import fem

    points, cells = block((n, n, n), (1.0, 1.0, 1.0))
    body = ElasticBody(points, cells, np.full(len(cells), MODULUS), POISSON, degree)
    boundary = body.fixed_nodes(outer_triangles(cells))
    exact = body.interpolated(lambda x: np.array(displacement(np.sin, np.exp, x)))
    prescribed = np.zeros((body.dofs // 3, 3))
    prescribed[boundary] = exact.reshape(-1, 3)[boundary]
    rest = body.body_load(body_force) - body.internal_force(prescribed.ravel())
    u = fem.Function(body.space)
    u.x.array[:] = body.factorised(boundary).solve(rest[:, None])[:, 0] + prescribed.ravel()
    x = ufl.SpatialCoordinate(body.mesh)
    e = u - ufl.as_vector(displacement(ufl.sin, ufl.exp, x))
    dx = ufl.dx(metadata={"quadrature_degree": 6})
    return [np.sqrt(fem.assemble_scalar(fem.form(ufl.inner(a, a) * dx))) for a in (e, ufl.grad(e))]


@pytest.mark.parametrize(("degree", "refinements"), [(1, (4, 8, 16)), (2, (3, 6, 12))])
def test_errors_fall_with_the_order_of_the_element(block, outer_triangles, degree, refinements):
    backend.load()
    measured = np.array([errors(block, outer_triangles, n, degree) for n in refinements])

    # Slope of log(error) over log(1/h), fitted over all three meshes; degree p: L2 p + 1, H1 p.
    rates = -np.polyfit(np.log(refinements), np.log(measured), 1)[0]
    np.testing.assert_allclose(rates, [degree + 1, degree], atol=0.1, rtol=0)
