# Tutorial 000, stop_gradients, before anything is stopped: a acts on c directly and through b.
#   python samples/tutorials/000-total-derivative.py
# Mended: TensorFlow 1 describes graphs unasked, so this is asked for; and the tutorial prints nothing.
import diffcli.tensorflow as tf

tf.compat.v1.disable_eager_execution()

a = tf.constant(0.)
b = 2 * a
c = a + b
g = tf.gradients(c, [a, b])

with tf.compat.v1.Session() as sess:
    print(sess.run(g))
