"""How functions are called in everyday programs: each form gives what it gives in PyTorch.

``x`` and ``e`` are matrices, ``y`` whole numbers, ``z`` and ``q`` a stack of matrices and an image;
``written`` is a copy of a Tensor after ``copy[index] = value``.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn.functional as F

FORMS = {
    "indexing": r"""
    x[range(2)] ; x[range(3), y] ; x[[0,1]] ; x[[0,1],...] ; x[[0,1],[1,2]] ; x[(slice(0,2),)] ;
    x[slice(0,2),1] ; x[None] ; x[None, ...] ; x[..., y, None] ; x[..., None] ; x[:, None] ;
    x[np.int64(1)] ; x[np.int32(1), 0] ; x[np.array([0,2])] ; x[np.array([True,False,True])] ;
    x[x > 0.5] ; x[x[:,0] > 0] ; x[True] ; x[False] ; x[np.bool_(True)] ; x[y] ; x[y, y] ;
    x[y[:,None], y] ; x[y.tolist()] ; x[tuple(y.tolist())] ; x[torch.tensor(1)] ;
    x[torch.tensor([0,1],dtype=torch.int32)] ; x[torch.tensor([0,1],dtype=torch.uint8)] ;
    x[torch.tensor([1,0,1],dtype=torch.uint8)] ; x[range(0)] ; x[[]] ; x[:, []] ;
    x[:, range(1,3)] ; x[range(3)][range(2)] ; x[[range(2), range(2)]] ; x[[[0,1],[1,2]]] ;
    x[(0,1)] ; x[[0,1],:,] ; x[-1] ; x[..., -1] ; x[::2] ; x[1:, :2] ; x[x.argmax()] ; x[5] ;
    x[0,0,0] ; x["a"] ; x[1.0] ; x[(i for i in range(2))] ; x[{0,1}] ; x[iter([0,1])] ;
    x[None, None, range(2)] ; x[0:torch.tensor(2)] ; x[np.int64(0):np.int64(2)] ; x[Ellipsis] ;
    x[...] ; x[..., 0, :] ; x[[True,False,True]] ; x[[True,False,True], 1] ;
    x[:, [True,False,True]] ; x[[[True,False,True]]] ; x[:, torch.tensor(1)] ; x[0][range(2)] ;
    x[np.arange(2), :] ; x[list(range(2))] ; x[(range(2), range(2))] ; x[range(2), None] ;
    x[np.array(1)] ; x[np.array([[0,1]])] ; x[bytes([0,1])] ; x[z[0]] ; z[0, range(2)] ;
    z[:, range(2), y[:2]] ; z[range(2), :, y[:2]] ; z[..., range(2)]
    """,
    "writing by index": r"""
    written(x, range(2), 5.) ; written(x, x>0.5, 0) ; written(x, (range(3), y), 7.) ;
    written(x, x>0.5, v9) ;
    written(x, 0, [1.,2.,3.]) ; written(x, (0,1), 4) ;
    written(x, ([0,1],[1,2]), torch.tensor([5.,6.])) ;
    written(x, (Ellipsis, 0), 3) ; written(x, None, 2) ; written(x, slice(0,2), x[:2]*2) ;
    written(x, np.array([0,1]), 1) ; written(x, 0, np.array([1.,2.,3.])) ; written(x, 0, (1,2,3)) ;
    written(x, 0, True) ; written(x, [True,False,True], 1) ; written(x, y, 1) ;
    written(x, torch.tensor([True,False,True]), torch.tensor([1.,2.,3.])) ;
    written(x, (slice(None), torch.tensor([True,False,True])), 0) ; written(x, 0, x[1]) ;
    written(x, 0, torch.tensor(2)) ; written(x, 0, np.float32(2)) ;
    written(x, (torch.tensor(0), 1), 8)
    """,
    "shapes": r"""
    x.view(-1) ; x.view(-1,1) ; x.view((-1,1)) ; x.view([9]) ; x.view(torch.Size([9])) ;
    x.view(x.shape) ; x.view(x.size()) ; x.view(*x.shape) ; x.view(x.size(0),-1) ;
    x.view(3,-1,1) ; x.view(y.numel(),-1) ; x.view(torch.tensor(3),-1) ; x.view(np.int64(3),-1) ;
    x.view(9.) ; x.view() ; x[0,0].view(()) ; x[0,0].view(1) ; x.reshape(-1) ; x.reshape((3,3)) ;
    x.reshape([3,3]) ; x.reshape(9,1) ; torch.reshape(x,(-1,)) ; torch.reshape(x,-1) ;
    torch.reshape(x,[9]) ; torch.reshape(x,9,1) ; x.reshape() ; x.expand(2,3,3) ; x.expand(-1,3) ;
    x.expand((2,-1,3)) ; x.expand([2,-1,-1]) ; x.expand(torch.Size([2,3,3])) ; x.expand_as(z) ;
    x.repeat(2,1) ; x.repeat((2,1)) ; x.repeat([2,1]) ; x.repeat(2) ;
    x.repeat(torch.Size([2,2])) ; x.permute(1,0) ; x.permute((1,0)) ; x.permute([1,0]) ;
    torch.permute(x,(1,0)) ; torch.permute(x,1,0) ; x.transpose(0,1) ; x.transpose(-1,-2) ;
    x.t() ; x.T ; x.mT ; x.flatten() ; x.flatten(0) ; x.flatten(0,1) ; x.flatten(start_dim=1) ;
    z.flatten(1) ; x.squeeze() ; x.squeeze(0) ; x.squeeze((0,1)) ; x.squeeze([0]) ;
    x.unsqueeze(0) ; x.unsqueeze(-1) ; x.unsqueeze(dim=1) ; torch.squeeze(x[None],0) ; x.flip(0) ;
    x.flip(0,1) ; x.flip((0,1)) ; x.flip([0]) ; torch.flip(x,[0]) ; torch.flip(x,(0,)) ;
    torch.flip(x,0) ; torch.flip(x,0,1) ; x.roll(1) ; x.roll(1,0) ; x.roll((1,1),(0,1)) ;
    x.roll(shifts=1,dims=1) ; torch.roll(x,1,0) ; x.tile(2) ; x.tile(2,2) ; x.tile((2,2)) ;
    torch.tile(x,(2,)) ; torch.tile(x,2) ; x.movedim(0,1) ; x.movedim((0,1),(1,0)) ;
    torch.moveaxis(z,0,-1) ; x.narrow(0,1,2) ; x.select(0,1) ; x.unfold(0,2,1) ; x.chunk(2) ;
    x.chunk(2,1) ; x.chunk(chunks=2,dim=1) ; x.split(1) ; x.split([1,2]) ; x.split((1,2),1) ;
    x.split(2,dim=1) ; torch.split(x,2) ; torch.split(x,[1,2],1) ;
    torch.split(x,split_size_or_sections=2,dim=0) ; x.unbind() ; x.unbind(1) ; x.tensor_split(2) ;
    x.tensor_split((1,)) ; x.hsplit(3) ; x.unflatten(0,(3,1)) ; x.unflatten(0,[3,1]) ;
    x.unflatten(-1,(1,3)) ; x.swapaxes(0,1) ; x.ravel() ; x.contiguous() ; x.clone() ;
    x.detach() ; x.diagonal() ; x.diag() ; x.tril() ; x.triu(1) ; x.tril(diagonal=-1) ;
    torch.tril(x,-1) ; x.numel() ; x.size() ; x.size(0) ; x.size(-1) ; x.dim() ; x.ndim ;
    x.shape ; x.stride() ; x.is_contiguous() ; len(x) ; x.nelement() ; x.element_size()
    """,
    "new Tensors": r"""
    torch.ones(2,3) ; torch.ones([2,3]) ; torch.ones((2,3)) ; torch.ones(2) ; torch.ones(()) ;
    torch.ones([]) ; torch.ones(torch.Size([2,3])) ; torch.zeros(*[2,3]) ; torch.zeros(x.shape) ;
    torch.zeros(x.size(0),2) ; torch.zeros(2,3,dtype=torch.float64) ; torch.zeros(np.int64(2)) ;
    torch.zeros(torch.tensor(2)) ; torch.zeros() ; torch.zeros(2.) ; torch.zeros("2") ;
    torch.zeros(3, device="cpu") ; torch.zeros(3, dtype=float) ; torch.zeros(3, dtype=int) ;
    torch.zeros(3, dtype=bool) ; torch.full((2,),1) ; torch.full((2,),1.) ; torch.full([2],True) ;
    torch.full((),3) ; torch.full(2,3) ; torch.full(size=(2,2),fill_value=7,dtype=torch.float32) ;
    torch.eye(3) ; torch.eye(2,3) ; torch.arange(5) ; torch.arange(1,5) ; torch.arange(1,5,2) ;
    torch.arange(0,1,0.25) ; torch.arange(5.) ; torch.arange(start=0,end=4) ;
    torch.arange(0,4,step=2) ; torch.arange(5,0,-1) ; torch.arange(3,dtype=torch.float32) ;
    torch.arange(end=3,dtype=torch.float64) ; torch.arange(torch.tensor(3)) ;
    torch.arange(np.int64(3)) ; torch.arange(x.size(0)) ; torch.linspace(0,1,5) ;
    torch.linspace(0,1,steps=3) ; torch.linspace(start=-1,end=1,steps=3,dtype=torch.float64) ;
    torch.logspace(0,2,3) ; torch.tensor(3) ; torch.tensor(3.) ; torch.tensor([1,2]) ;
    torch.tensor([1,2.]) ; torch.tensor(((1,2),(3,4))) ; torch.tensor([True]) ;
    torch.tensor([x[0,0],x[0,1]]) ; torch.tensor(np.arange(3)) ; torch.tensor(np.float64(3)) ;
    torch.tensor([]) ; torch.tensor([[]]) ; torch.tensor(range(3)) ; torch.tensor(x) ;
    torch.tensor([1,2],dtype=torch.float64) ; torch.tensor("a") ; torch.tensor(None) ;
    torch.tensor([np.array([1,2]),np.array([3,4])]) ; torch.tensor({1,2}) ;
    torch.as_tensor([1,2]) ; torch.as_tensor(np.arange(3)) ;
    torch.as_tensor(np.arange(3),dtype=torch.float32) ;
    torch.as_tensor([1.],dtype=torch.float64) ; torch.as_tensor(x,dtype=torch.float64) ;
    torch.as_tensor([1,2], torch.float32) ; torch.from_numpy(np.arange(3)) ; torch.zeros_like(x) ;
    torch.ones_like(x,dtype=torch.int64) ; torch.full_like(x,2) ;
    torch.full_like(x,fill_value=2.5) ; torch.empty_like(x).shape ; torch.rand(2,3).shape ;
    torch.rand([2,3]).shape ; torch.rand(size=(2,)).shape ; torch.randn((2,)).shape ;
    torch.randn(*x.shape).shape ; torch.randint(10,(2,)).shape ;
    torch.randint(0,10,size=(2,)).shape ; torch.randint(high=10,size=[2]).shape ;
    torch.randint(0,10,[2,3]).shape ; torch.randint(5,torch.Size([2])).shape ;
    torch.randint(0,5,2) ; torch.randperm(4).shape ; torch.randn(()).shape ;
    torch.rand(1).item() < 1 ; torch.normal(0.,1.,(2,)).shape ;
    torch.normal(0,1,size=(2,2)).shape ; torch.normal(x,0.1).shape ;
    torch.normal(mean=x,std=x.abs()).shape ; torch.normal(0.,x.abs()).shape ;
    torch.normal(mean=torch.zeros(2),std=1.).shape ; torch.bernoulli(x.sigmoid()).shape ;
    torch.empty(2,3).shape ; torch.empty((2,)).shape ; x.new_zeros(2) ; x.new_zeros((2,3)) ;
    x.new_ones(2,3) ; x.new_full((2,),3.) ; x.new_tensor([1,2]) ; x.new_empty(2).shape ;
    x.new_zeros([2],dtype=torch.int64) ; x.new_zeros(x.shape) ; torch.tril_indices(3,3) ;
    torch.meshgrid(y,y,indexing="ij") ; torch.meshgrid([y,y],indexing="ij") ;
    torch.meshgrid(*[y,y],indexing="xy") ; torch.cartesian_prod(y,y) ; torch.combinations(y) ;
    torch.broadcast_tensors(x,y.float()) ; torch.broadcast_shapes((2,1),(3,)) ;
    torch.broadcast_to(x,(2,3,3))
    """,
    "reductions": r"""
    x.sum() ; x.sum(0) ; x.sum(-1) ; x.sum((0,1)) ; x.sum([0,1]) ; x.sum(0,1) ; x.sum(0,True) ;
    x.sum(0,keepdim=True) ; x.sum(dim=(0,)) ; x.sum(dim=[0,1],keepdim=True) ; x.sum(None) ;
    x.sum(dim=None) ; x.sum(()) ; x.sum(dtype=torch.float32) ; x.sum(0,dtype=torch.int64) ;
    torch.sum(x) ; torch.sum(x,1) ; torch.sum(x,(0,1)) ; torch.sum(x,dim=1,keepdim=True) ;
    torch.sum(input=x,dim=0) ; x.mean() ; x.mean(0) ; x.mean((0,1)) ; x.mean([0,1],True) ;
    x.mean(dim=0,keepdim=True) ; y.mean() ; y.mean(dtype=torch.float32) ; x.std() ; x.std(0) ;
    x.std(0,True) ; x.std(0,True,True) ; x.std(0,False) ; x.std(False) ;
    x.std(dim=0,unbiased=False) ; x.std(unbiased=False) ; x.std(0,unbiased=True,keepdim=True) ;
    x.std((0,1)) ; x.std(dim=(0,1),correction=0) ; x.std(correction=0) ; x.std(correction=2) ;
    torch.std(x) ; torch.std(x,0) ; torch.std(x,unbiased=False) ;
    torch.std(x,dim=1,keepdim=True) ; x.var() ; x.var(0) ; x.var(0,False) ; x.var(correction=0) ;
    x.var(0,correction=0,keepdim=True) ; x.var(-1,unbiased=False,keepdim=True) ;
    x.var([0,1],unbiased=False) ; torch.var(x,0,False) ; torch.var_mean(x,0) ;
    torch.var_mean(x,0,unbiased=False) ; torch.var_mean(x,dim=1,correction=0,keepdim=True) ;
    torch.std_mean(x) ; torch.max(x) ; torch.max(x,1) ; torch.max(x,dim=1).values ;
    torch.max(x,1)[0] ; torch.max(x,1,True) ; torch.max(x,1,keepdim=True)[1] ; torch.max(x,x) ;
    torch.max(x,0.5) ; x.max(1)[0] ; x.max(dim=-1) ; x.max(1).indices ; x.max() ;
    x.max(-1,keepdim=True).values ; x.max(x*2) ; x.max((0,1)) ; torch.min(x,1) ; x.min(0) ;
    x.argmax() ; x.argmax(1) ; x.argmax(-1) ; x.argmax(dim=1) ; x.argmax(1,True) ;
    x.argmax(dim=1,keepdim=True) ; torch.argmax(x,dim=-1) ; torch.argmin(x) ; x.amax(1) ;
    x.amax((0,1)) ; x.amax(dim=(0,1),keepdim=True) ; x.amin() ; torch.aminmax(x) ;
    torch.aminmax(x,dim=0) ; x.norm() ; x.norm(2) ; x.norm(2,1) ; x.norm(p=1) ; x.norm(dim=1) ;
    x.norm(p=2,dim=1,keepdim=True) ; x.norm(2,dim=-1) ; x.norm("fro") ;
    x.norm(p="fro",dim=(0,1)) ; x.norm(float("inf")) ; x.norm(p=float("inf"),dim=1) ;
    x.norm("nuc") ; x.norm(2,(0,1)) ; torch.norm(x) ; torch.norm(x,p=2,dim=1,keepdim=True) ;
    torch.norm(x,2,1) ; torch.norm(x,dim=0) ; torch.norm(x,1) ; torch.norm(x,p=0) ;
    torch.norm(x,dim=(0,1)) ; torch.norm(x,dtype=torch.float32) ; torch.linalg.norm(x) ;
    torch.linalg.norm(x,2) ; torch.linalg.norm(x,dim=1) ; torch.linalg.norm(x,2,1,True) ;
    torch.linalg.norm(x,ord="fro") ; torch.linalg.vector_norm(x,ord=1) ; torch.dist(x,x*2) ;
    torch.dist(x,x*2,1) ; x.prod() ; x.prod(0) ; x.prod(dim=1,keepdim=True) ; x.cumsum(0) ;
    x.cumsum(dim=-1) ; x.cumprod(1) ; torch.cumsum(x,dim=0,dtype=torch.float32) ; x.logsumexp(1) ;
    x.logsumexp((0,1)) ; x.logsumexp(dim=1,keepdim=True) ; torch.logsumexp(x,-1,True) ;
    x.softmax(1) ; x.softmax(dim=-1) ; x.softmax(-1,dtype=torch.float32) ; torch.softmax(x,1) ;
    torch.softmax(x,dim=0) ; torch.softmax(x) ; x.log_softmax(1) ; torch.log_softmax(x,-1) ;
    x.any() ; x.all() ; (x>0).any(1) ; (x>0).all(dim=1,keepdim=True) ; (x>0).any((0,1)) ;
    torch.any(x>0,dim=0) ; (x>0).sum() ; x.median() ; x.median(1) ; x.median(dim=0,keepdim=True) ;
    torch.median(x,1).values ; x.mode(0) ; x.kthvalue(2) ; x.kthvalue(2,0,True) ; x.quantile(.5) ;
    x.quantile(torch.tensor([.2,.5],dtype=torch.float64),dim=0) ; torch.quantile(x,.5,1,True) ;
    torch.quantile(x,0.3,dim=0,interpolation="lower") ; x.topk(2) ; x.topk(2,0) ;
    x.topk(k=2,dim=1,largest=False) ; x.topk(2,-1,True,True) ; torch.topk(x,2,dim=0)[1] ;
    x.sort() ; x.sort(0) ; x.sort(0,True) ; x.sort(dim=1,descending=True) ;
    x.sort(descending=True) ; x.sort(stable=True) ; torch.sort(x,0,True) ;
    torch.sort(x,stable=True,dim=0) ; x.argsort() ; x.argsort(0,True) ;
    x.argsort(dim=1,descending=True) ; torch.argsort(x,stable=True) ; x.unique() ;
    torch.unique(y,return_counts=True) ; torch.unique(y,sorted=True,return_inverse=True) ;
    torch.unique(x,dim=0) ; y.bincount() ; torch.bincount(y,minlength=5) ;
    torch.bincount(y,x[0]) ; x.histc(4) ; torch.histc(x,bins=4,min=0,max=1) ; x.count_nonzero() ;
    x.count_nonzero(0) ; x.nonzero() ; torch.nonzero(x>0,as_tuple=True) ; torch.nonzero(x>0) ;
    x.trace() ; x.var_mean(0)
    """,
    "joining and choosing": r"""
    torch.cat([x,x]) ; torch.cat((x,x),1) ; torch.cat([x,x],dim=-1) ;
    torch.cat(tensors=(x,x),dim=1) ; torch.cat([x,y.float()[None]]) ;
    torch.cat([x,torch.zeros(0)]) ; torch.cat(x) ; torch.cat(x,x) ; torch.cat([]) ;
    torch.stack([x,x]) ; torch.stack((x,x),1) ; torch.stack([x,x],dim=-1) ; torch.stack(x) ;
    torch.hstack([x,x]) ; torch.vstack((x,x)) ; torch.concat([x,x]) ; torch.stack(list(x)) ;
    torch.stack(tuple(x.unbind(0))) ; torch.cat(x.split(1)) ; torch.cat(x.chunk(2,0),0) ;
    torch.where(x>0,x,0) ; torch.where(x>0,1.,0.) ; torch.where(x>0,x,torch.zeros(())) ;
    torch.where(x>0,0,x) ; torch.where(x>0) ; torch.where(x>0,x,-x) ;
    x.where(x>0,torch.tensor(0.)) ; x.where(x>0,0) ; torch.where(x>0,1,0) ; x.masked_fill(x>0,0) ;
    x.masked_fill(x>0,-1e9) ; x.masked_fill(mask=x>0,value=float("-inf")) ;
    x.masked_fill(x>0,torch.tensor(3.)) ; x.masked_select(x>0) ; x.masked_fill_(x>0,0) ;
    x.gather(1,y[:,None]) ; x.gather(dim=1,index=y[:,None]) ; torch.gather(x,1,y.view(-1,1)) ;
    x.index_select(0,y) ; torch.index_select(x,dim=1,index=y) ; x.scatter(1,y[:,None],1.) ;
    x.scatter(1,y[:,None],5) ; x.scatter(dim=1,index=y[:,None],value=2) ;
    x.scatter(1,y[:,None],x) ; x.scatter(1,y[:,None],src=x) ; x.scatter_(1,y[:,None],1) ;
    torch.zeros(3,3).scatter_(1,y.unsqueeze(1),1) ;
    torch.zeros(3,3).scatter_(1,y.unsqueeze(1),1.0) ; x.scatter_add(0,y[None],x[:1]) ;
    torch.zeros(3,dtype=torch.float64).scatter_add_(0,y,x[0]) ;
    torch.zeros(3,dtype=torch.float64).index_add_(0,y,x[0]) ; x.index_add(0,y,x,alpha=2) ;
    x.index_fill(0,y[:1],1.) ; x.index_fill_(0,y[:1],-1) ; x.index_copy(0,y,x) ;
    x.index_put((y,),torch.tensor(1.,dtype=torch.float64)) ;
    x.index_put_((y,y),torch.tensor(1.,dtype=torch.float64),accumulate=True) ; x.take(y) ;
    torch.take_along_dim(x,y[:,None],1) ; x.put_(y,x[0]) ; x.fill_(1) ;
    x.fill_(torch.tensor(2.)) ; x.zero_() ; x.copy_(x*2) ; x.copy_(torch.ones(3)) ;
    x.copy_(x.float()) ; x.fill_diagonal_(0) ; x.repeat_interleave(2) ; x.repeat_interleave(2,0) ;
    x.repeat_interleave(2,dim=1) ; torch.repeat_interleave(x,y,dim=0) ;
    torch.repeat_interleave(y) ; F.one_hot(y) ; F.one_hot(y,4) ; F.one_hot(y,num_classes=4)
    """,
    "arithmetic": r"""
    x.clamp(0) ; x.clamp(0,1) ; x.clamp(min=0) ; x.clamp(max=0.5) ; x.clamp(min=0,max=1) ;
    x.clamp(None,1) ; x.clamp(torch.zeros(3)) ; x.clamp(min=torch.tensor(0.)) ;
    torch.clamp(x,0.1,0.9) ; torch.clamp(x,min=0) ; x.clamp() ; x.clip(0,1) ; x.clamp_min(0) ;
    x.clamp_(0,1) ; x.clamp_(min=0) ; x.add(1) ; x.add(x,alpha=2) ; torch.add(x,1) ;
    torch.add(x,x,alpha=2) ; torch.add(1,x) ; torch.add(x,2,x) ; x.add_(1) ; x.add_(2,x) ;
    x.add_(x,alpha=-1) ; x.addcmul(x,x) ; x.addcmul(x,x,value=2) ; x.addcmul_(x,x,value=.1) ;
    x.addcmul(2,x,x) ; x.addcdiv(x,x,value=2) ; torch.addcmul(x,x,x) ; x.lerp(x*2,.5) ;
    torch.lerp(x,x*2,torch.tensor(.5,dtype=torch.float64)) ; x.div(2) ;
    x.div(x,rounding_mode="floor") ; torch.div(x,2,rounding_mode="trunc") ;
    torch.true_divide(x,2) ; x//2 ; 2/x ; x%2 ; x**2 ; 2**x ; x.pow(2) ; x.pow(x) ;
    torch.pow(x,2) ; torch.pow(2,x) ; torch.pow(2.,y) ; x.mul(2) ; torch.mul(x,2) ;
    torch.mul(2,x) ; x.mul_(2) ; x.sub(1) ; torch.sub(x,x,alpha=2) ; x.rsub(1) ; torch.rsub(x,1) ;
    x.neg() ; -x ; +x ; abs(x) ; x.abs() ; torch.abs(x) ; x.round() ; x.round(decimals=1) ;
    torch.round(x,decimals=1) ; x.exp() ; x.sqrt() ; x.sigmoid() ; torch.sigmoid(x) ; x.tanh() ;
    torch.relu(x) ; x.relu() ; torch.maximum(x,x*2) ; torch.minimum(x,torch.tensor(.5)) ;
    torch.fmod(x,2) ; torch.remainder(x,2) ; torch.atan2(x,x) ; torch.floor_divide(x,2) ;
    x.eq(1) ; x == 1 ; x.ne(x) ; x.ge(0) ; torch.eq(x,x) ; torch.equal(x,x) ; x.equal(x) ;
    torch.allclose(x,x) ; torch.allclose(x,x+1e-9,rtol=1e-5,atol=1e-8) ; torch.isclose(x,x) ;
    x.logical_not() ; torch.logical_and(x>0,x<1) ; (x>0)&(x<1) ; ~(x>0) ; y & 1 ; y << 1 ;
    torch.bitwise_xor(y,1) ; x.isnan() ; torch.isnan(x).any() ; torch.isfinite(x).all() ;
    torch.nan_to_num(x) ; torch.nan_to_num(x,nan=0.) ; torch.sign(x) ; x.sign() ; x @ x ;
    x @ x[0] ; torch.matmul(x,x) ; x.matmul(x) ; torch.mm(x,x) ; x.mm(x) ; torch.bmm(z,z) ;
    torch.mv(x,x[0]) ; torch.dot(x[0],x[0]) ; torch.outer(x[0],x[0]) ;
    torch.einsum("ij,jk->ik",x,x) ; torch.einsum("ij,jk->ik",[x,x]) ; torch.einsum("ii",x) ;
    torch.tensordot(x,x) ; torch.tensordot(x,x,1) ; torch.tensordot(x,x,dims=([0],[1])) ;
    torch.addmm(x,x,x) ; torch.addmm(x,x,x,beta=2,alpha=.5) ; torch.baddbmm(z,z,z) ;
    torch.cross(x,x,dim=1) ; torch.cdist(x,x) ; torch.cdist(x,x,p=1) ; torch.cdist(x,x,1.) ;
    x.inverse() ; torch.linalg.inv(e) ; torch.linalg.solve(e,x) ; torch.linalg.det(x) ;
    torch.det(x) ; torch.logdet(e) ; torch.trace(x) ; torch.diag(x) ; torch.diag(x[0]) ;
    torch.diag(x,1) ; torch.diag(x,diagonal=1) ; torch.diag_embed(x) ; torch.kron(x,x) ;
    torch.cumsum(x,0) ; torch.cummax(x,0) ; torch.diff(x) ; torch.diff(x,dim=0) ;
    torch.gradient(x[0]) ; torch.trapz(x) ;
    torch.heaviside(x,torch.tensor(1.,dtype=torch.float64)) ;
    torch.searchsorted(x[0].sort().values,.5) ;
    torch.bucketize(x,torch.tensor([0.,1.],dtype=torch.float64))
    """,
    "conversions": r"""
    x.to(torch.float32) ; x.to("cpu") ; x.to("cpu",torch.float32) ; x.to(torch.device("cpu")) ;
    x.to(device="cpu") ; x.to(dtype=torch.float32) ; x.to(x.float()) ;
    x.to(torch.float32,copy=True) ; x.to("cpu",non_blocking=True) ; x.to(torch.float32,True) ;
    x.to(device="cpu",dtype=torch.float32,non_blocking=True) ; x.to() ; x.to(int) ; x.to(None) ;
    x.float() ; x.double() ; x.long() ; x.int() ; x.bool() ; x.type_as(y) ; x.cpu() ;
    x[0,0].item() ; x.item() ; float(x[0,0]) ; int(y[1]) ; bool(x[0,0]) ;
    x.detach().cpu().numpy() ; np.asarray(x) ; np.array(x) ; x.requires_grad_() ;
    x.requires_grad_(True) ; x.is_floating_point() ; torch.is_tensor(x) ;
    torch.is_floating_point(x) ; x.shape[0] ; x.shape[-1] ; tuple(x.shape) ; list(x.size()) ;
    x.size()[0] ; x.shape == (3,3) ; x.shape == torch.Size([3,3]) ; x.byte() ; x.char() ;
    x.short()
    """,
    "networks": r"""
    F.relu(x) ; F.relu(x,inplace=False) ; F.relu(x,True) ; F.leaky_relu(x,.1) ;
    F.leaky_relu(x,negative_slope=.2) ; F.elu(x) ; F.gelu(x) ; F.gelu(x,approximate="tanh") ;
    F.softmax(x,1) ; F.softmax(x,dim=-1) ; F.log_softmax(x,dim=1) ; F.softplus(x) ;
    F.softplus(x,beta=2,threshold=10) ; F.sigmoid(x) ; F.tanh(x) ; F.hardtanh(x) ; F.silu(x) ;
    F.mish(x) ; F.dropout(x,0.) ; F.dropout(x,p=.5,training=False) ; F.dropout(x,.5,False,True) ;
    F.normalize(x) ; F.normalize(x,dim=0) ; F.normalize(x,2,1) ;
    F.normalize(x,p=1,dim=-1,eps=1e-8) ; F.cross_entropy(x,y) ;
    F.cross_entropy(x,y,reduction="sum") ; F.cross_entropy(x,y,ignore_index=1) ;
    F.cross_entropy(input=x,target=y) ; F.cross_entropy(x,y,label_smoothing=.1) ;
    F.cross_entropy(x,y,None) ; F.cross_entropy(x,y,size_average=False) ;
    F.nll_loss(x.log_softmax(1),y) ; F.mse_loss(x,x*2) ; F.mse_loss(x,x*2,reduction="none") ;
    F.mse_loss(x,x*2,size_average=False) ; F.l1_loss(x,x*2) ; F.smooth_l1_loss(x,x*2) ;
    F.smooth_l1_loss(x,x*2,beta=.5) ; F.binary_cross_entropy(x.sigmoid(),(x>0).double()) ;
    F.binary_cross_entropy_with_logits(x,(x>0).double()) ;
    F.binary_cross_entropy_with_logits(x,(x>0).double(),pos_weight=torch.ones(3)) ;
    F.kl_div(x.log_softmax(1),x.softmax(1),reduction="batchmean") ; F.cosine_similarity(x,x*2) ;
    F.cosine_similarity(x,x,dim=0) ; F.pairwise_distance(x,x*2) ; F.linear(x,x) ;
    F.linear(x,x,x[0]) ; F.linear(input=x,weight=x,bias=None) ; F.pad(x,(1,1)) ;
    F.pad(x,[1,1,0,0]) ; F.pad(x,(1,1),"constant",2) ; F.pad(x,(1,1),mode="constant",value=0.) ;
    F.pad(z,(1,1),mode="reflect") ; F.embedding(y,x) ; F.embedding(y,x,padding_idx=0) ;
    F.layer_norm(x,(3,)) ; F.layer_norm(x,[3]) ; F.layer_norm(x,x.shape[1:]) ;
    F.layer_norm(x,(3,),weight=x[0],bias=None,eps=1e-5) ; F.layer_norm(x,3) ;
    F.batch_norm(x,None,None,training=True) ; F.group_norm(z,1) ; F.max_pool1d(z,2) ;
    F.avg_pool1d(z,2,1) ; F.conv1d(z,torch.ones(1,3,2,dtype=torch.float64)) ;
    F.conv1d(z,torch.ones(1,3,2,dtype=torch.float64),None,1,1) ;
    F.conv1d(z,torch.ones(1,3,2,dtype=torch.float64),padding="same") ;
    F.interpolate(z,scale_factor=2) ; F.interpolate(z,size=4) ;
    F.interpolate(z,4,mode="linear",align_corners=False) ; F.unfold(q,2) ;
    F.conv2d(q,torch.ones(1,1,2,2,dtype=torch.float64)) ; F.max_pool2d(q,2) ;
    F.max_pool2d(q,(2,2),stride=1) ; F.avg_pool2d(q,kernel_size=2) ; F.adaptive_avg_pool2d(q,1) ;
    F.adaptive_avg_pool2d(q,(1,1)) ; F.adaptive_avg_pool2d(q,(None,1)) ;
    F.interpolate(q,scale_factor=2,mode="bilinear",align_corners=True) ;
    F.interpolate(q,size=(2,2),mode="nearest") ;
    F.grid_sample(q,torch.zeros(1,2,2,2,dtype=torch.float64),align_corners=False) ;
    F.glu(x[:,:2]) ; F.glu(x[:,:2],dim=1) ; F.prelu(x,x[0,:1]) ; F.one_hot(y) ;
    F.scaled_dot_product_attention(z,z,z) ; F.scaled_dot_product_attention(z,z,z,is_causal=True) ;
    F.triplet_margin_loss(x,x*2,x*3) ; F.huber_loss(x,x*2) ; F.huber_loss(x,x*2,delta=.5) ;
    F.margin_ranking_loss(x[0],x[1],torch.ones(3)) ; F.hinge_embedding_loss(x[0],torch.ones(3)) ;
    F.cosine_embedding_loss(x,x*2,torch.ones(3)) ; F.poisson_nll_loss(x,x.abs()) ;
    F.gaussian_nll_loss(x,x*2,x.abs())
    """,
}

MATRIX = np.array([[0.5, -0.25, 1.5], [2.0, 0.75, -1.0], [0.1, 0.6, 0.9]])


def written(tensor: Any, index: Any, value: Any) -> Any:
    out = tensor.clone()
    out[index] = value
    return out


def result_of(form: str, library: Any, functions: Any) -> Any:
    known = {
        "torch": library, "F": functions, "np": np, "written": written,
        "x": library.tensor(MATRIX), "y": library.tensor([0, 2, 1]),
        "e": library.tensor(MATRIX @ MATRIX.T + np.eye(3)),
        "z": library.tensor(np.arange(18.0).reshape(2, 3, 3) / 10),
        "q": library.tensor(np.arange(16.0).reshape(1, 1, 4, 4)),
        "v9": library.tensor([9.0] * 5, dtype=library.float64),
    }  # fmt: skip
    return eval(form, known)


def plain(value: Any) -> Any:
    """What can be compared: dtype and array of a Tensor, a list of the parts of several."""
    if hasattr(value, "requires_grad"):
        return str(value.dtype).rpartition(".")[2], value.detach().numpy()
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    return value if isinstance(value, (bool, int, float, np.ndarray)) else str(value)


def assert_same(ours: Any, theirs: Any) -> None:
    assert type(ours) is type(theirs)
    if isinstance(theirs, (list, tuple)):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_same(one, other)
    elif isinstance(theirs, np.ndarray):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, 1e-6, 1e-9)
    else:
        assert ours == theirs or ours != ours


@pytest.mark.filterwarnings("ignore")  # both warn of what is old, each in its own words
@pytest.mark.parametrize("group", FORMS)
def test_calls_of_everyday(torch: ModuleType, group: str) -> None:
    forms = [form.strip() for form in FORMS[group].split(" ;")]
    wrong, tried = [], 0
    for form in forms:
        try:
            expected = plain(result_of(form, torch, torch.nn.functional))
        except (AttributeError, IndexError, RuntimeError, TypeError, ValueError):
            continue  # PyTorch refuses it
        tried += 1
        try:
            assert_same(plain(result_of(form, at, F)), expected)
        except Exception as error:
            wrong.append(f"{form}: {type(error).__name__}: {error}")
    assert wrong == []
    assert tried >= 0.7 * len(forms)


# -- by index: without PyTorch ---------------------------------------------------------------------


def test_a_range_is_a_list_of_places() -> None:
    x = at.tensor(MATRIX)
    y = at.tensor([0, 2, 1])
    assert x[range(3), y].tolist() == [MATRIX[k, place] for k, place in enumerate([0, 2, 1])]
    assert x[range(1, 3)].tolist() == [list(MATRIX[1]), list(MATRIX[2])]
    assert x[:, range(2)].tolist() == [list(row[:2]) for row in MATRIX]
    x[range(2), range(2)] = 0
    assert [x[k, k].item() for k in range(3)] == [0, 0, 0.9]


@pytest.mark.parametrize("index", [(k for k in range(2)), {0, 1}, "ab", b"ab", iter([0])])
def test_what_is_no_sequence_of_ints_is_no_index(index: Any) -> None:
    with pytest.raises(IndexError, match=r"^getitem: only ints, slices, .* valid indices, got "):
        at.tensor(MATRIX)[index]


def test_a_range_as_index_has_a_gradient() -> None:
    w = at.tensor(MATRIX, requires_grad=True)
    (w[range(3), [0, 2, 1]] * at.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert w.grad is not None
    assert w.grad.tolist() == [[1, 0, 0], [0, 0, 2], [0, 3, 0]]
