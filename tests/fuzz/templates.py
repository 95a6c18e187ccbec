"""The steps that random programs are made of: one template a line, its places in braces.

``programs.Draw`` fills the places; each of its methods named ``place_…`` says what stands there.
Capital letters among sizes are drawn anew for each step.  ``2:`` in front says that two results are
taken.  ``lib`` is ``autotensor`` or ``torch``, ``F`` the functions of networks.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Template(NamedTuple):
    """One line of the tables below."""

    text: str
    results: int
    family: str

    @property
    def operator(self) -> str:
        """The name of what is called, or the bare signs."""
        bare = re.sub(r"\{[^}]*\}", "", self.text)
        found = re.search(r"(?<!func)\.(\w+)\(", bare)
        return found[1] if found else bare.strip()


POINTWISE = """
lib.abs({a})
lib.acos({unit})
lib.acosh({above})
lib.asin({unit})
lib.asinh({x})
lib.atan({x})
lib.atanh({unit})
lib.ceil({a})
lib.cos({a})
lib.cosh({tame})
lib.deg2rad({a})
lib.digamma({pos})
lib.erf({a})
lib.erfc({x})
lib.erfinv({unit})
lib.exp({tame})
lib.exp2({tame})
lib.expm1({tame})
lib.floor({a})
lib.frac({x})
lib.i0({tame})
lib.lgamma({pos})
lib.log({pos})
lib.log10({pos})
lib.log1p({pos})
lib.log2({pos})
lib.logit({prob})
lib.logit({x}, eps=0.1)
lib.mvlgamma({above}, 2)
lib.polygamma({=1|2|3}, {pos})
lib.neg({a})
lib.positive({a})
lib.rad2deg({a})
lib.reciprocal({away})
lib.relu({a})
lib.round({x})
lib.round({x}, decimals=1)
lib.rsqrt({pos})
lib.sgn({a})
lib.sigmoid({a})
lib.sign({a})
lib.sin({a})
lib.sinc({x})
lib.sinh({tame})
lib.sqrt({pos})
lib.square({a})
lib.tan({unit})
lib.tanh({a})
lib.trunc({a})
lib.isnan({a})
lib.isinf({a})
lib.isfinite({a})
lib.isposinf({a})
lib.isneginf({a})
lib.isreal({a})
lib.signbit({a})
lib.angle({x})
lib.nan_to_num({x})
lib.nan_to_num(1 / {x}, nan=0.5, posinf=3.0, neginf=-3.0)
lib.logical_not({a})
lib.bitwise_not({i})
~{b}
-{x}
abs({x})
2: lib.frexp({x})
lib.special.entr({prob})
lib.special.erfcx({pos})
lib.special.expit({x})
lib.special.i0e({x})
lib.special.i1({x})
lib.special.i1e({x})
lib.special.log_ndtr({x})
lib.special.ndtr({unit})
lib.special.ndtri({prob})
lib.special.psi({pos})
lib.special.gammaln({pos})
lib.special.zeta({above} + 1.0, {pos})
lib.clamp({a}, {=0|1}, {=1|2|3})
lib.clamp({x}, {=-1|-2}, {=-1|1})
lib.clamp({x}, max={num})
lib.clamp_min({x}, {num})
lib.clamp_max({x}, {num})
{x}.clamp({s} - 0.503, {s} + 0.507)
"""

BINARY = """
lib.add({x}, {y})
lib.add({a}, {o}, alpha={=2|3})
lib.add({x}, {o}, alpha={num})
lib.sub({x}, {y})
lib.sub({x}, {o}, alpha={num})
lib.rsub({x}, {y})
lib.mul({x}, {y})
lib.mul({a}, {o})
lib.div({x}, {yaway})
lib.div({x}, {yaway}, rounding_mode={='floor'|'trunc'})
lib.true_divide({a}, {yaway})
lib.floor_divide({x}, {yaway})
lib.fmod({x}, {yaway})
lib.remainder({x}, {yaway})
lib.pow({pos}, {y})
lib.pow({x}, {=2|3|0|1|2.0|-1})
lib.pow({=2|0.5|1.5}, {x})
lib.float_power({pos}, {y})
lib.maximum({x}, {o})
lib.minimum({x}, {o})
lib.fmax({x}, {o})
lib.fmin({x}, {o})
lib.atan2({away}, {o})
lib.hypot({x}, {o})
lib.copysign({x}, {yaway})
lib.logaddexp({x}, {o})
lib.logaddexp2({x}, {o})
lib.xlogy({x}, {ypos})
lib.special.xlog1py({x}, {ypos})
lib.ldexp({x}, lib.tensor({=1.0|-2.0|3.0}))
lib.heaviside({x}, {s})
lib.nextafter({x}.detach(), {s})
lib.lerp({x}, {s}, {num})
lib.lerp({x}, {s}, {s})
lib.addcmul({x}, {o}, {o}, value={num})
lib.addcdiv({x}, {o}, {yaway}, value={num})
lib.where({mask}, {x}, {y})
lib.where({it:x} > {num}, {it}, {o})
lib.eq({a}, {y})
lib.ne({a}, {y})
lib.lt({x}, {y})
lib.le({x}, {y})
lib.gt({a}, {y})
lib.ge({a}, {y})
lib.isclose({x}, {s})
lib.logical_and({a}, {o})
lib.logical_or({a}, {o})
lib.logical_xor({a}, {o})
lib.bitwise_and({i}, {=1|3|6})
lib.bitwise_or({i}, {=1|3|6})
lib.bitwise_xor({i}, {=1|3|6})
lib.bitwise_and({b}, {mask})
lib.bitwise_left_shift({i}, {=1|2})
lib.bitwise_right_shift({i}, {=1|2})
lib.gcd({i}, {=lib.tensor(6)|lib.tensor(4)})
lib.lcm({i}, {=lib.tensor(6)|lib.tensor(4)})
{a} + {y}
{a} - {num}
{num} - {x}
{a} * {y}
{a} / {yaway}
{num} / {away}
{a} // {=2|3|1.5}
{a} % {=2|3|1.5}
{x} ** 2
{x} < {y}
{b} & {mask}
{b} | {mask}
{b} ^ {mask}
{it:x} * {it}
{it:x} - {it}
{it:x} / ({it} * {it} + 1.0)
"""

REDUCTIONS = """
{a}.sum()
{a}.sum({dim}, keepdim={keep})
{a}.sum({dims}, keepdim={keep})
{x}.sum({dim}, dtype=lib.float64)
{x}.mean()
{x}.mean({dims}, keepdim={keep})
{x}.mean({dim})
{a}.prod()
{x}.prod({dim}, keepdim={keep})
{x}.amax({dims}, keepdim={keep})
{x}.amin({dims}, keepdim={keep})
{a}.max()
{a}.min()
2: {x}.max({dim}, keepdim={keep})
2: {a}.min({dim}, keepdim={keep})
2: lib.aminmax({a}, dim={dim}, keepdim={keep})
{a}.argmax({dim}, keepdim={keep})
{x}.argmin()
{x}.var()
{x}.var({dims}, correction={=0|1}, keepdim={keep})
{x}.std({dim}, keepdim={keep})
{x}.std(unbiased=False)
2: lib.var_mean({x}, {dim}, keepdim={keep})
2: lib.std_mean({x}, {dims}, correction=0)
{x}.norm()
{x}.norm({=1|2|3|0.5}, {dim}, {keep})
lib.linalg.vector_norm({x}, {=1|2|3|float('inf')|-1|0}, {dims}, keepdim={keep})
{x}.logsumexp({dims}, keepdim={keep})
{a}.all()
{a}.any({dim}, keepdim={keep})
{a}.all({dims})
{a}.count_nonzero({dim})
lib.count_nonzero({a})
{a}.nansum({dim}, keepdim={keep})
{x}.nanmean({dims}, keepdim={keep})
2: {apart}.median({dim}, keepdim={keep})
{x}.median()
2: {apart}.nanmedian({dim})
2: {apart}.mode({dim})
2: {apart:N,K}.kthvalue({=1|2}, {=0|1})
{x}.quantile({=0.25|0.5|0.9}, {dim}, keepdim={keep})
{x}.quantile(0.3, interpolation={='linear'|'lower'|'higher'|'midpoint'|'nearest'})
{x}.nanquantile({=0.25|0.5}, {dim})
lib.dist({x}, {o})
lib.equal({x}, {s})
lib.allclose({x}, {s})
lib.cov({m:R,R})
lib.corrcoef({m:R,4})
{x}.sum().item()
"""

SCANS = """
{a}.cumsum({dim})
{x}.cumsum({dim}, dtype=lib.float64)
{a}.cumprod({dim})
2: {x}.cummax({dim})
2: {a}.cummin({dim})
{x}.logcumsumexp({dim})
{a}.diff(dim={dim})
lib.diff({m:N,L+3}, n=2)
lib.diff({m:N,L}, prepend={m:N,2})
lib.trapezoid({x}, dim={dim})
lib.trapezoid({m:N,L}, {apart:L})
lib.cumulative_trapezoid({x}, dim={dim})
2: lib.gradient({m:R+1,R+2})
lib.gradient({m:R+2}, spacing=0.5)[0]
2: {apart}.sort({dim}, descending={keep})
2: {a}.sort(dim={dim}, stable=True)
{apart}.argsort({dim}, descending={keep})
{a}.argsort(dim={dim}, stable=True)
2: {apart:N,K+2}.topk(2, largest={keep})
{x}.msort()
{a}.unique()
3: lib.unique({m:N,L}, return_inverse=True, return_counts=True)
2: lib.unique_consecutive({i}, return_counts=True)
lib.searchsorted(lib.tensor([-1.01, -0.003, 0.507, 1.001]), {m:N,L}.float(), right={keep})
lib.bucketize({x}, lib.tensor([-1.01, -0.003, 0.507, 1.001]))
lib.histc({x}, 4, -1.003, 1.007)
lib.isin({i}, lib.tensor([0, 2]))
lib.bincount({ints:5;L})
"""

VIEWS = """
{a}[{index}]
{a}[{index}]
{a}[{index}]
{x}[{index}]
{a}.transpose({dim}, {dim})
{a}.swapaxes({dim}, {dim})
{a}.permute({perm})
{a}.movedim({dim}, {dim})
{m:N,C}.mT
{x}.T
{m:R,C}.t()
{a}.view({newshape})
{a}.reshape({newshape})
{a}.reshape(-1)
{a}.ravel()
{a}.flatten()
{m:N,C,L}.flatten({=0|1}, {=1|2|-1})
{m:2*N,C}.unflatten(0, (2, -1))
{a}.squeeze()
{a}.squeeze({dim})
{a}.unsqueeze({newdim})
{a}.expand({grown})
{a}.broadcast_to({grown})
{m:1,C}.expand_as({m:N,C})
{m:R,C}.diagonal()
{m:R,C,N}.diagonal({=0|1|-1}, {=0|1}, 2)
{a}.narrow({narrow})
{a}.select({select})
{m:N,L+2}.unfold(1, {=1|2|3}, {=1|2})
{m:N,L+2}.unfold(-1, 2, 2)
2: ends({a}.split({=1|2}, {dim}))
2: ends({a}.chunk({=2|3}, {dim}))
2: ends({a}.unbind({dim}))
2: ends({a}.tensor_split({=2|3}, {dim}))
{m:N,3*C}.split([{n:C}, {n:2*C}], 1)[1]
ends({m:N,2*C}.hsplit(2))[1]
ends({m:2*N,C}.vsplit(2))[0]
ends({m:N,C,2*L}.dsplit(2))[1]
{a}.detach()
{x}.view_as({it})
{x}.real
{a}.contiguous()
{m:N+1,C}.contiguous().as_strided(({n:C},), (1,), {=0|1})
lib.atleast_1d({a})
lib.atleast_2d({a})
lib.atleast_3d({a})
lib.adjoint({m:N,C})
2: lib.broadcast_tensors({x}, {o})
"""

COPIES = """
{a}.clone()
{a}.flip({dims1})
{a}.roll({=1|2|-1}, {dim})
{a}.roll({=1|2})
{m:R,C,N}.rot90({=1|2|3}, [{=0, 1|1, 2|0, 2}])
{m:N,C}.fliplr()
{m:N,C}.flipud()
{a}.repeat({repeats})
{a}.tile({repeats})
{a}.repeat_interleave({=2|3}, {dim})
{a}.repeat_interleave(2)
{m:R,C}.tril({=0|1|-1})
{m:N,R,C}.triu({=0|1|-1})
{m:R,C}.diag({=0|1})
{m:R}.diag({=0|1|-1})
{m:N,R}.diag_embed({=0|1})
{x}.diagflat()
lib.cat([{a}, {s}], {dim})
lib.cat([{x}, {it}, {s}], {dim})
lib.stack([{a}, {s}], {newdim})
lib.stack([{x}, {it}])
lib.hstack([{a}, {s}])
lib.vstack([{a}, {s}])
lib.dstack([{a}, {s}])
lib.column_stack([{m:N}, {m:N,C}])
lib.block_diag({m:R,C}, {m:N})
lib.kron({m:R,C}, {m:N})
lib.cartesian_prod({m:R}, {m:N})
lib.combinations({m:R+1})
2: lib.meshgrid({m:R}, {m:C}, indexing={='ij'|'xy'})
{a}.to(lib.{=float32|float64|float16})
{a}.double()
{a}.float()
{tame}.long()
{tame}.to(lib.{=int32|int64|int8|int16})
{tame}.abs().to(lib.uint8)
{a}.bool()
{x}.type_as({s})
lib.zeros_like({a})
lib.ones_like({x})
lib.full_like({x}, 2)
{a}.new_ones(2, 3)
lib.tril_indices(3, 2)
lib.arange({=0|1|-1}, {=4|5}, {=1|2})
lib.linspace(-1, {=1|2}, {=3|4})
lib.eye({=2|3})
F.one_hot({ints:3;N}, 4)
"""

INDEXING = """
{a}[{fancy}]
{x}[{fancy}]
{x}[{fancy}]
{it:a}[{mask}]
{it:x}[{it} > {num}]
{a}.gather({gather})
{x}.take_along_dim({takealong})
{a}.take({take})
{a}.index_select({pick})
{a}.masked_select({mask})
{a}.nonzero()
lib.argwhere({a})
{a}.index_add({pick1}, {alike1})
{x}.index_add({pick1}, {alike1}, alpha=2)
{a}.index_copy({pickonce}, {alike1})
{a}.index_fill({pick}, {=1|0|2})
{x}.index_put(({rowindex},), {num0})
{x}.index_put(({rowindex},), {num0}, accumulate=True)
{x}.index_reduce({pick1}, {alike1}, {='prod'|'mean'|'amax'|'amin'})
{x}.scatter({scatteronce}, {scattered})
{x}.scatter({gather}, {num})
{a}.scatter_add({scatter}, {scattered})
{x}.scatter_reduce({scatter}, {scattered}, {='sum'|'prod'|'mean'|'amax'|'amin'})
{x}.scatter_reduce({scatter}, {scattered}, 'mean', include_self=False)
{a}.masked_fill({mask}, {=1|0|2})
{x}.masked_fill({mask}, {num0})
{x}.masked_scatter({mask}, {s})
{m:R,C}.select_scatter({m:C}, 0, {=0|1|-1})
{m:R,C}.slice_scatter({m:R,1}, 1, 0, 1)
{m:R,R}.diagonal_scatter({m:R})
"""

LINALG = """
{m:N,K} @ {m:K,C}
{m:N,K} @ {m:K}
{m:K} @ {m:K}
{m:B,N,K} @ {m:K,C}
{m:2,1,N,K} @ {m:C,K,R}
{m:K} @ {m:B,K,R}
{x} @ {o}
lib.mm({m:N,K}, {m:K,C})
lib.bmm({m:B,N,K}, {m:B,K,C})
lib.mv({m:N,K}, {m:K})
lib.dot({m:K}, {m:K})
lib.vdot({m:K}, {m:K})
lib.outer({m:K}, {m:N})
lib.inner({m:N,K}, {m:C,K})
lib.addmm({m:C}, {m:N,K}, {m:K,C}, beta={num}, alpha=2)
lib.addmv({m:N}, {m:N,K}, {m:K}, beta=0.5)
lib.addbmm({m:N,C}, {m:B,N,K}, {m:B,K,C})
lib.baddbmm({m:B,N,C}, {m:B,N,K}, {m:B,K,C}, alpha=0.5)
lib.addr({m:N,C}, {m:N}, {m:C}, beta=0.5)
lib.tensordot({m:N,K,C}, {m:C,K}, ([1, 2], [1, 0]))
lib.tensordot({m:N,K}, {m:K,C}, 1)
lib.einsum('ij,jk->ik', {m:N,K}, {m:K,C})
lib.einsum('bij,bkj->bik', {m:B,N,K}, {m:B,C,K})
lib.einsum('ii', {m:R,R})
lib.einsum('...i,i->...', {m:B,N,K}, {m:K})
lib.chain_matmul({m:N,K}, {m:K,C}, {m:C,R})
lib.linalg.multi_dot([{m:N,K}, {m:K,C}, {m:C}])
lib.linalg.cross({m:N,3}, {m:N,3})
lib.linalg.vecdot({m:N,K}, {m:N,K})
lib.trace({m:R,C})
lib.det({well:R})
lib.linalg.inv({well:R})
lib.inverse({well:B,R})
2: lib.linalg.slogdet({well:R})
lib.logdet({spd:R})
lib.linalg.solve({well:R}, {m:R,C})
lib.linalg.solve({well:B,R}, {m:B,R,C})
lib.linalg.solve_triangular({well:R}, {m:R,C}, upper={keep})
lib.linalg.cholesky({spd:R})
lib.cholesky_solve({m:R,C}, lib.linalg.cholesky({spd:R}))
lib.linalg.eigvalsh({spread:R})
lib.linalg.eigh({spread:R})[1].abs()
lib.linalg.svdvals({spread:R})
lib.linalg.qr({well:R})[1].abs()
lib.linalg.pinv({well:R})
lib.linalg.pinv({spread:R}[:, :-1] * 1.0)
lib.linalg.matrix_power({m:R,R}, {=0|1|2|3})
lib.linalg.matrix_power({well:R}, -2)
lib.matrix_exp({unit:R,R}.double())
lib.linalg.lu_factor({well:R})[0]
lib.linalg.lstsq({spread:R}, {m:R,C})[0]
lib.linalg.matrix_norm({m:B,R,C}, {='fro'|1|-1|float('inf')}, keepdim={keep})
lib.linalg.matrix_norm({spread:R}, {='nuc'|2|-2})
lib.linalg.norm({m:R,C})
lib.linalg.cond({spread:R})
lib.linalg.matrix_rank({spread:R})
lib.linalg.vander({unit:N}, N=3)
lib.linalg.tensorinv({well:4}.reshape(2, 2, 4), ind=2)
lib.cdist({apart:N,K}, {m:R,K})
lib.cdist({apart:N,K}, {m:R,K}, p={=1.0|3.0})
F.pdist({apart:R,K})
lib.renorm({m:R,C}, 2, 0, {=0.5|2.0})
"""

ACTIVATIONS = """
F.celu({x}, {=1.0|0.5})
F.elu({x}, {=1.0|0.5})
F.gelu({x}, approximate={='none'|'tanh'})
F.hardshrink({x}, 0.3)
F.hardsigmoid({x})
F.hardswish({x})
F.hardtanh({x}, -0.7, 0.8)
F.leaky_relu({x}, 0.1)
F.logsigmoid({x})
F.mish({x})
F.prelu({m:N,C,L}, {m:C})
F.prelu({x}, {m:1})
F.relu({x})
F.relu6({x} * 3)
F.selu({x})
F.silu({x})
F.softplus({x}, beta=2.0, threshold=3.0)
F.softshrink({x}, 0.3)
F.softsign({x})
F.tanhshrink({x})
F.threshold({x}, 0.1, 5.0)
F.glu({m:N,2*C}, {=1|-1})
F.softmax({x}, {dim})
lib.softmax({a}, {dim}, dtype=lib.float64)
F.log_softmax({x}, {dim})
F.softmin({x}, {dim})
F.normalize({x} + 2.0, p={=1.0|2.0}, dim={dim})
F.dropout({x}, 0.5, training=False)
F.cosine_similarity({m:N,K}, {m:N,K}, dim={=0|1})
F.pairwise_distance({apart:N,K}, {m:N,K})
"""

NETWORKS = """
F.linear({m:N,K}, {m:C,K}, {m:C})
F.linear({m:B,N,K}, {m:C,K})
F.linear({m:K}, {m:C,K}, {m:C})
F.bilinear({m:N,K}, {m:N,R}, {m:C,K,R}, {m:C})
F.conv1d({m:N,C,L+3}, {m:R,C,K}, {m:R}, stride={=1|2}, padding={=0|1|2})
F.conv1d({m:C,L+3}, {m:R,C,2}, padding='same')
F.conv1d({m:N,2*C,L+5}, {m:2*R,C,2}, groups=2, dilation={=1|2})
F.conv2d({m:N,C,H+2,W+2}, {m:R,C,K,K}, {m:R}, stride={=1|2|(1, 2)}, padding={=0|1|(0, 1)})
F.conv2d({m:N,2*C,H+2,W+3}, {m:2*R,C,2,1}, groups=2, dilation={=1|2})
F.conv2d({m:N,C,H+2,W+2}, {m:C,1,2,2}, {m:C}, groups={n:C})
F.conv3d({m:1,C,H+1,W+1,3}, {m:R,C,2,2,2}, {m:R}, padding={=0|1})
F.conv_transpose1d({m:N,C,L+1}, {m:C,R,K}, {m:R}, stride=2, output_padding=1)
F.conv_transpose2d({m:N,C,H,W}, {m:C,R,K,K}, {m:R}, stride={=1|2})
F.conv_transpose2d({m:N,2*C,H,W}, {m:2*C,R,2,2}, groups=2, padding={=0|1}, dilation=2)
F.conv_transpose3d({m:1,C,H,W,2}, {m:C,R,2,2,1}, stride={=1|2})
F.max_pool1d({apart:N,C,L+3}, {=2|3}, stride={=1|2}, padding={=0|1})
F.max_pool2d({apart:N,C,H+3,W+3}, {=2|3|(1, 2)}, ceil_mode={keep})
2: F.max_pool2d({apart:N,C,H+3,W+3}, 2, return_indices=True)
F.max_pool2d({apart:N,C,H+3,W+3}, 2, dilation={=1|2})
F.max_pool3d({apart:1,C,H+1,W+1,2}, 2)
F.max_unpool2d(*F.max_pool2d({apart:N,C,4,4}, 2, return_indices=True), 2)
F.avg_pool1d({m:N,C,L+3}, {=2|3}, stride={=1|2}, padding=1)
F.avg_pool2d({m:N,C,H+3,W+3}, {=2|3}, padding={=0|1}, count_include_pad={keep}, ceil_mode={keep})
F.avg_pool2d({m:C,H+3,W+3}, 2, divisor_override=3)
F.avg_pool3d({m:N,C,H+1,W+1,2}, 2)
F.lp_pool1d({pos:N,C,L+3}, 2.0, 2)
F.lp_pool2d({pos:N,C,H+3,W+3}, {=2.0|3.0}, 2)
F.adaptive_avg_pool1d({m:N,C,L+3}, {=1|2|3})
F.adaptive_avg_pool2d({m:N,C,H+3,W+3}, {=1|2|(2, 3)})
F.adaptive_max_pool2d({apart:N,C,H+3,W+3}, {=1|2|(3, 2)})
F.batch_norm({apart:3*N,C}, {m:C}.detach().clone(), {pos:C}.detach(), {m:C}, {m:C}, training={keep})
F.batch_norm({apart:N+1,C,L+1}, None, None, {m:C}, training=True)
F.layer_norm({apart:N,C,4}, (4,), {m:4}, {m:4})
F.layer_norm({apart:N,2,3}, (2, 3))
F.group_norm({apart:N,2*C,L+2}, 2, {m:2*C}, {m:2*C})
F.instance_norm({apart:N,C,L+2})
F.rms_norm({m:N,C,4}, (4,), {m:4}, eps=1e-5)
F.local_response_norm({m:N,C+1,L}, {=1|2|3})
F.mse_loss({x}, {s}, reduction={reduction})
F.l1_loss({x}, {s}, reduction={reduction})
F.smooth_l1_loss({x}, {s}, beta={=1.0|0.5}, reduction={reduction})
F.huber_loss({x}, {s}, delta={=1.0|0.5}, reduction={reduction})
F.cross_entropy({m:N,C+1}, {ints:C+1;N}, reduction={reduction}, label_smoothing={=0.0|0.1})
F.cross_entropy({m:N,C+1,L}, {ints:C+1;N,L}, weight={pos:C+1}.detach(), reduction={reduction})
F.cross_entropy({m:N,C+1}, {prob:N,C+1}, reduction={reduction})
F.nll_loss({m:N,C+1}, {ints:C+1;N}, reduction={reduction}, ignore_index={=-100|0})
F.binary_cross_entropy({prob:N,C}, {prob:N,C}.detach(), reduction={reduction})
F.binary_cross_entropy_with_logits({x}, {s}, reduction={reduction})
F.kl_div({m:N,C}, {prob:N,C}, reduction={reduction}, log_target=False)
F.poisson_nll_loss({x}, {s}, log_input={keep}, reduction={reduction})
F.gaussian_nll_loss({m:N,C}, {m:N,C}, {pos:N,C}, reduction={reduction})
F.hinge_embedding_loss({m:N,C}, {sides:N,C}, reduction={reduction})
F.soft_margin_loss({m:N,C}, {sides:N,C}, reduction={reduction})
F.margin_ranking_loss({m:N}, {m:N}, {sides:N}, margin=0.2, reduction={reduction})
F.multi_margin_loss({m:N,C+1}, {ints:C+1;N}, p={=1|2}, reduction={reduction})
F.multilabel_soft_margin_loss({m:N,C}, {prob:N,C}.round(), reduction={reduction})
F.triplet_margin_loss({apart:N,K}, {m:N,K}, {m:N,K}, reduction={reduction})
F.cosine_embedding_loss({m:N,K}, {m:N,K}, {sides:N}, margin=0.1, reduction={reduction})
F.embedding({ints:R;N,L}, {m:R,C})
F.embedding({ints:R;N}, {m:R,C}, padding_idx={=0|-1})
F.embedding_bag({ints:R;N,L}, {m:R,C}, mode={='sum'|'mean'})
F.scaled_dot_product_attention({m:N,L,K}, {m:N,R,K}, {m:N,R,C})
F.scaled_dot_product_attention({m:B,N,L,K}, {m:B,N,L,K}, {m:B,N,L,C}, is_causal=True)
F.scaled_dot_product_attention({m:N,L,K}, {m:N,R,K}, {m:N,R,C}, attn_mask={m:L,R}.detach())
F.interpolate({m:N,C,L+1}, scale_factor={=2|1.5|0.5}, mode={='nearest'|'linear'})
F.interpolate({m:N,C,H+1,W+1}, size={=(3, 2)|(5, 4)}, mode={='bilinear'|'bicubic'|'nearest'|'area'})
F.interpolate({m:N,C,H+1,W+1}, size=(4, 3), mode='bilinear', align_corners=True)
F.grid_sample({m:N,C,3,4}, {unit:N,H,W,2}, align_corners=False, padding_mode={='zeros'|'border'})
F.affine_grid({m:N,2,3}, ({n:N}, {n:C}, {n:H}, {n:W}), align_corners={keep})
F.pad({m:N,C,L}, ({=0|1|2}, {=0|1|-1}), value=0.5)
F.pad({m:N,C,L+2}, (2, 1), mode={='reflect'|'replicate'|'circular'})
F.pad({m:N,C,H+2,W+2}, (1, 2, 2, 1), mode={='reflect'|'replicate'|'circular'|'constant'})
F.unfold({m:N,C,H+1,W+1}, 2, stride={=1|2}, padding={=0|1})
F.fold({m:N,4*C,4}, (3, 3), 2)
F.pixel_shuffle({m:N,4*C,H,W}, 2)
F.pixel_unshuffle({m:N,C,2*H,2*W}, 2)
F.channel_shuffle({m:N,2*C,H,W}, 2)
lib.rnn_tanh_cell({m:N,K}, {m:N,C}, {m:C,K}, {m:C,C}, {m:C}, {m:C})
lib.gru_cell({m:N,K}, {m:N,C}, {m:3*C,K}, {m:3*C,C}, {m:3*C}, {m:3*C})
2: lib.lstm_cell({m:N,K}, ({m:N,C}, {m:N,C}), {m:4*C,K}, {m:4*C,C}, {m:4*C}, {m:4*C})
"""

FUNCTIONS = """
lib.func.grad(lambda v: ((v * 2).sin() * v).sum())({x})
lib.func.vjp(lambda v: (v * v).tanh(), {x})[0]
lib.func.vjp(lambda v: v.exp() * v, {x})[1]({s})[0]
2: lib.func.jvp(lambda v: v.sin() * v, ({x}.clone(),), ({s},))
lib.func.jacrev(lambda v: v.tanh() * v.sum())({m:N})
lib.func.hessian(lambda v: (v * v * v).sum() * v[0])({m:N})
lib.func.vmap(lambda v: v * v.sum())({m:N,C})
lib.func.vmap(lambda v, w: v @ w, in_dims=(0, None))({m:N,K}, {m:K,C})
"""

WRITES = """
{w}.add_({into})
{w}.add_({into}, alpha=2)
{w}.sub_({into})
{w}.mul_({into})
{w}.mul_({num0})
{w}.div_({=2|1.5|4})
{w}.pow_({=2|1})
{w}.remainder_({=2|1.5})
{w}.floor_divide_({=2|3})
{w}.copy_({into})
{w}.fill_({=0|1|2})
{w}.zero_()
{w}.neg_()
{w}.abs_()
{w}.sin_()
{w}.cos_()
{w}.tanh_()
{w}.exp_()
{w}.sigmoid_()
{w}.square_()
{w}.relu_()
{w}.floor_()
{w}.trunc_()
{w}.clamp_(0, 1)
{w}.clamp_(min={=0|1})
{w}.atan_()
{w}.erf_()
{w}.lerp_({into}, 0.25)
{w}.addcmul_({into}, {into})
{w}.masked_fill_({mask}, {=1|0|2})
{w}.masked_scatter_({mask}, {sameclone})
{w}.index_fill_({pick}, 1)
{w}.index_add_({pick1}, {alike1})
{w}.index_copy_({pickonce}, {alike1})
{w}.scatter_({scatteronce}, {scattered})
{w}.scatter_add_({scatter}, {scattered})
{w}.scatter_reduce_({scatter}, {scattered}, {='sum'|'prod'|'amax'})
{w}.put_({take1}, accumulate={keep})
{w}.tril_()
{w}.triu_({=0|1})
{w}.fill_diagonal_(1)
{w}.cumsum_({dim})
{w}.detach().logical_not_()
{w}.detach().eq_({num0})
{w}.nan_to_num_()
{w}.transpose_({dim}, {dim})
{w}.unsqueeze_({newdim})
{w}.squeeze_()
{w}.t_()
{w}.detach_()
{w}.requires_grad_({keep})
{w}[{indexset}] = {num0}
{w}[{indexset}] = {num0}
{w}[{indexset}] = {setvalue}
{w}[{indexset}] = {setvalue}
{w}[{fancyset}] = {num0}
{w}[{fancyset}] = {setvalue}
{w}[{mask}] = {num0}
F.relu({w}, inplace=True)
F.leaky_relu({w}, 0.1, inplace=True)
F.hardtanh_({w}, 0, 2)
{w} += {into}
{w} *= {into}
{w}.data.mul_(2)
{w}.detach().add_(1)
"""

GRAPH = """
{hooked}.retain_grad()
{hooked}.register_hook(lambda g: g * 0.5)
{it:x}.register_hook(lambda g: None)
{leaf}.requires_grad_()
{leaf}.grad = None
weigh({inner}).backward(retain_graph=True)
weigh({inner}, {inner}).backward(retain_graph=True)
weigh({inner}).backward(retain_graph=True)
{inner}.sum().backward()
{inner}.backward(lib.ones_like({it}), retain_graph=True)
grads([{inner}], [{leaf}], create_graph=True)[0]
grads([{inner}], [{inner}, {leaf}], create_graph=True)[0]
grads([{inner}], [{leaf}], retain_graph=True)[0]
"""

#: How often each family is drawn.
FAMILIES: dict[str, tuple[str, float]] = {
    "pointwise": (POINTWISE, 9),
    "binary": (BINARY, 12),
    "reductions": (REDUCTIONS, 8),
    "scans": (SCANS, 4),
    "views": (VIEWS, 16),
    "copies": (COPIES, 8),
    "indexing": (INDEXING, 8),
    "linalg": (LINALG, 6),
    "activations": (ACTIVATIONS, 4),
    "networks": (NETWORKS, 8),
    "functions": (FUNCTIONS, 1),
    "writes": (WRITES, 14),
    "graph": (GRAPH, 5),
}


def read(family: str, line: str) -> Template:
    found = re.match(r"(\d): ", line)
    text = line[found.end() :] if found else line
    results = 0 if family == "writes" else int(found[1]) if found else 1
    if family == "graph" and not text.startswith("grads"):
        results = 0
    return Template(text, results, family)


TEMPLATES = {
    family: [read(family, line) for line in text.strip().splitlines()]
    for family, (text, _) in FAMILIES.items()
}
