# Tutorial 003, third way: the value and its gradient for TensorBoard.
#   python samples/tutorials/003-tensorboard.py
# Mended: the command that it gives, `tensorboard --logdir=len(logdir)`, wants the folder: tensorboard --logdir=./logs/
# pip install "diffcli[tensorboard]"
import diffcli.tensorflow as tf

# 生成一些数据

x = tf.Variable(3.0)

# 定义一个函数 f(x)

def f_x(x):

    return 3 * x ** 2

# 将梯度写入日志文件

logdir = "./logs/"

writer = tf.summary.create_file_writer(logdir)

with writer.as_default():

    with tf.GradientTape() as tape:

        y = f_x(x)

        tf.summary.scalar("y", y, step=0)

    grads = tape.gradient(y, x)

    tf.summary.scalar("grads", grads, step=0)
