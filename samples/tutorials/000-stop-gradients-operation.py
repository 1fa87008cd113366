# Tutorial 000, stop_gradients, second way: the operation. a and b are here what it returns, so it comes to the same.
#   python samples/tutorials/000-stop-gradients-operation.py
# Mended: TensorFlow 1 describes graphs unasked, so this is asked for; and the tutorial prints nothing.
import diffcli.tensorflow as tf

tf.compat.v1.disable_eager_execution()

a = tf.stop_gradient(tf.constant(0.))
b = tf.stop_gradient(2 * a)
g = tf.gradients(a + b, [a, b])

with tf.compat.v1.Session() as sess:
    print(sess.run(g))
