# Tutorial 002: `watch` makes a constant a source.
#   python samples/tutorials/002-watch-a-constant.py
import diffcli.tensorflow as tf

x = tf.constant(3.0)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = x**2
# dy = 2x * dx
dy_dx = tape.gradient(y, x)
print(dy_dx.numpy())
