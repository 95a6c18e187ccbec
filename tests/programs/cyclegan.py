"""Unpaired image translation: two generators with residual blocks, two patch critics, cycles."""

import itertools
import random

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualBlock(nn.Module):
    def __init__(self, in_features):
        super(ResidualBlock, self).__init__()
        conv_block = [
            nn.ReflectionPad2d(1),
            nn.Conv2d(in_features, in_features, 3),
            nn.InstanceNorm2d(in_features),
            nn.ReLU(inplace=True),
            nn.ReflectionPad2d(1),
            nn.Conv2d(in_features, in_features, 3),
            nn.InstanceNorm2d(in_features),
        ]
        self.conv_block = nn.Sequential(*conv_block)

    def forward(self, x):
        return x + self.conv_block(x)


class Generator(nn.Module):
    def __init__(self, input_nc, output_nc, n_residual_blocks=1):
        super(Generator, self).__init__()
        model = [
            nn.ReflectionPad2d(3),
            nn.Conv2d(input_nc, 4, 7),
            nn.InstanceNorm2d(4),
            nn.ReLU(inplace=True),
        ]
        in_features = 4
        out_features = in_features * 2
        model += [
            nn.Conv2d(in_features, out_features, 3, stride=2, padding=1),
            nn.InstanceNorm2d(out_features),
            nn.ReLU(inplace=True),
        ]
        for _ in range(n_residual_blocks):
            model += [ResidualBlock(out_features)]
        model += [
            nn.ConvTranspose2d(out_features, in_features, 3, stride=2, padding=1, output_padding=1),
            nn.InstanceNorm2d(in_features),
            nn.ReLU(inplace=True),
        ]
        model += [nn.ReflectionPad2d(3), nn.Conv2d(in_features, output_nc, 7), nn.Tanh()]
        self.model = nn.Sequential(*model)

    def forward(self, x):
        return self.model(x)


class Discriminator(nn.Module):
    def __init__(self, input_nc):
        super(Discriminator, self).__init__()
        model = [nn.Conv2d(input_nc, 4, 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True)]
        model += [
            nn.Conv2d(4, 8, 4, stride=2, padding=1),
            nn.InstanceNorm2d(8),
            nn.LeakyReLU(0.2, inplace=True),
        ]
        model += [nn.Conv2d(8, 1, 3, padding=1)]
        self.model = nn.Sequential(*model)

    def forward(self, x):
        x = self.model(x)
        return F.avg_pool2d(x, x.size()[2:]).view(x.size()[0])


class ReplayBuffer:
    def __init__(self, max_size=4):
        self.max_size = max_size
        self.data = []

    def push_and_pop(self, data):
        to_return = []
        for element in data.data:
            element = torch.unsqueeze(element, 0)
            if len(self.data) < self.max_size:
                self.data.append(element)
                to_return.append(element)
            elif random.uniform(0, 1) > 0.5:
                i = random.randint(0, self.max_size - 1)
                to_return.append(self.data[i].clone())
                self.data[i] = element
            else:
                to_return.append(element)
        return torch.cat(to_return)


class LambdaLR:
    def __init__(self, n_epochs, offset, decay_start_epoch):
        assert (n_epochs - decay_start_epoch) > 0, "Decay must start before training ends!"
        self.n_epochs = n_epochs
        self.offset = offset
        self.decay_start_epoch = decay_start_epoch

    def step(self, epoch):
        return 1.0 - max(0, epoch + self.offset - self.decay_start_epoch) / (
            self.n_epochs - self.decay_start_epoch
        )


def weights_init_normal(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        torch.nn.init.normal_(m.weight.data, 0.0, 0.02)
    elif classname.find("BatchNorm2d") != -1:
        torch.nn.init.normal_(m.weight.data, 1.0, 0.02)
        torch.nn.init.constant_(m.bias.data, 0.0)


def main():
    netG_A2B, netG_B2A = Generator(1, 1), Generator(1, 1)
    netD_A, netD_B = Discriminator(1), Discriminator(1)
    for net in (netG_A2B, netG_B2A, netD_A, netD_B):
        net.apply(weights_init_normal)
    criterion_GAN = torch.nn.MSELoss()
    criterion_cycle = torch.nn.L1Loss()
    criterion_identity = torch.nn.L1Loss()
    optimizer_G = torch.optim.Adam(
        itertools.chain(netG_A2B.parameters(), netG_B2A.parameters()),
        lr=0.002,
        betas=(0.5, 0.999),
    )
    optimizer_D_A = torch.optim.Adam(netD_A.parameters(), lr=0.002, betas=(0.5, 0.999))
    optimizer_D_B = torch.optim.Adam(netD_B.parameters(), lr=0.002, betas=(0.5, 0.999))
    lr_scheduler_G = torch.optim.lr_scheduler.LambdaLR(
        optimizer_G, lr_lambda=LambdaLR(5, 0, 2).step
    )
    input_A = torch.Tensor(2, 1, 12, 12)
    input_B = torch.Tensor(2, 1, 12, 12)
    target_real = torch.ones(2)
    target_fake = torch.zeros(2)
    fake_A_buffer, fake_B_buffer = ReplayBuffer(), ReplayBuffer()
    rng = np.random.RandomState(8)
    for epoch in range(5):
        for _ in range(4):
            base = rng.rand(2, 1, 12, 12)
            real_A = input_A.copy_(torch.from_numpy(2 * base - 1))
            real_B = input_B.copy_(torch.from_numpy(np.sign(base - 0.5)))
            optimizer_G.zero_grad()
            loss_identity_B = criterion_identity(netG_A2B(real_B), real_B) * 5.0
            loss_identity_A = criterion_identity(netG_B2A(real_A), real_A) * 5.0
            fake_B = netG_A2B(real_A)
            loss_GAN_A2B = criterion_GAN(netD_B(fake_B), target_real)
            fake_A = netG_B2A(real_B)
            loss_GAN_B2A = criterion_GAN(netD_A(fake_A), target_real)
            loss_cycle_ABA = criterion_cycle(netG_B2A(fake_B), real_A) * 10.0
            loss_cycle_BAB = criterion_cycle(netG_A2B(fake_A), real_B) * 10.0
            loss_G = (
                loss_identity_A
                + loss_identity_B
                + loss_GAN_A2B
                + loss_GAN_B2A
                + loss_cycle_ABA
                + loss_cycle_BAB
            )
            loss_G.backward()
            optimizer_G.step()
            for netD, optimizer_D, real, fake, buffer in (
                (netD_A, optimizer_D_A, real_A, fake_A, fake_A_buffer),
                (netD_B, optimizer_D_B, real_B, fake_B, fake_B_buffer),
            ):
                optimizer_D.zero_grad()
                loss_D_real = criterion_GAN(netD(real), target_real)
                loss_D_fake = criterion_GAN(netD(buffer.push_and_pop(fake).detach()), target_fake)
                loss_D = (loss_D_real + loss_D_fake) * 0.5
                loss_D.backward()
                optimizer_D.step()
        lr_scheduler_G.step()
        print(epoch, lr_scheduler_G.get_last_lr(), loss_G.item())


if __name__ == "__main__":
    main()
