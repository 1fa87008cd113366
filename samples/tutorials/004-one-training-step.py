# Tutorial 004, second example to its end.
#   python samples/tutorials/004-one-training-step.py
# Mended: the tutorial prints 10, 5, 50 because it never runs its training operation. This does: w = 5 - 0.1*6 and
# x = 10 - 0.1*5, both gradients taken at the old values.
import diffcli.tensorflow as tf
import numpy as np

with tf.Graph().as_default():
    x = tf.Variable(initial_value=10., dtype='float32')
    w = tf.Variable(initial_value=5., dtype='float32')
    y = w * x

    opt = tf.train.GradientDescentOptimizer(0.1)
    grads_vals = opt.compute_gradients(y, [w, x])
    for i, (g, v) in enumerate(grads_vals):
        if g is not None:
            grads_vals[i] = (tf.clip_by_norm(g, 6), v)
    train_op = opt.apply_gradients(grads_vals)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(train_op)
        print(sess.run([x, w, y]))
