"""What TensorBoard shows, as messages for the files of ``autotensor.utils.tensorboard``."""
