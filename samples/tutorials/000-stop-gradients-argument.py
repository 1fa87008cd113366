# Tutorial 000, stop_gradients, first way: an argument of tf.gradients.
#   python samples/tutorials/000-stop-gradients-argument.py
# Mended: TensorFlow 1 describes graphs unasked, so this is asked for; and the tutorial prints nothing.
import diffcli.tensorflow as tf

tf.compat.v1.disable_eager_execution()

a = tf.constant(0.)
b = 2 * a
g = tf.gradients(a + b, [a, b], stop_gradients=[a, b])

with tf.compat.v1.Session() as sess:
    print(sess.run(g))
