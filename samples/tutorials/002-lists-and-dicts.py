# Tutorial 002: sources in a list and in a dict.
#   python samples/tutorials/002-lists-and-dicts.py
# The tutorial draws w at random and prints no number; what is printed here holds for any w: the shapes of the
# gradients, that both ways give the same, and that with two outputs the gradient of b is y itself.
import diffcli.tensorflow as tf

w = tf.Variable(tf.random.normal((3, 2)), name='w')
b = tf.Variable(tf.zeros(2, dtype=tf.float32), name='b')
x = [[1., 2., 3.]]
with tf.GradientTape(persistent=True) as tape:
    y = x @ w + b
    loss = tf.reduce_mean(y**2)
# list
[dl_dw, dl_db] = tape.gradient(loss, [w, b])
# dictionary
my_vars = {
    'w': w,
    'b': b
}
grad = tape.gradient(loss, my_vars)
print(dl_dw.shape, dl_db.shape)
print(bool(tf.reduce_all(grad['b'] == dl_db)), bool(tf.reduce_all(grad['w'] == dl_dw)))
print(bool(tf.reduce_all(tf.abs(grad['b'] - y[0]) < 1e-6)))
