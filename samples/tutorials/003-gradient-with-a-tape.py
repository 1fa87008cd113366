# Tutorial 003, first way: tf.GradientTape.
#   python samples/tutorials/003-gradient-with-a-tape.py
import diffcli.tensorflow as tf

# 生成一些数据

x = tf.Variable(3.0)

# 定义一个函数 f(x)

def f_x(x):

    return 3 * x ** 2

# 用 GradientTape 记录梯度信息

with tf.GradientTape() as tape:

    y = f_x(x)

dy_dx = tape.gradient(y, x)

print(dy_dx.numpy()) # 输出 18.0
