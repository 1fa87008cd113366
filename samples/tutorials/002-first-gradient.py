# Tutorial 002: the first tape.
#   python samples/tutorials/002-first-gradient.py
import diffcli.tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x**2
# dy = 2x * dx
dy_dx = tape.gradient(y, x)
print(dy_dx.numpy())
