# Tutorial 004, second example: compute_gradients, clip_by_norm, apply_gradients.
#   python samples/tutorials/004-clip-by-norm.py
import diffcli.tensorflow as tf
import numpy as np

with tf.Graph().as_default():
    x = tf.Variable(initial_value=10., dtype='float32')
    w = tf.Variable(initial_value=5., dtype='float32')
    y = w * x

    opt = tf.train.GradientDescentOptimizer(0.1)
    # grads_vals计算结果为[(10.0, 5.0), (5.0, 10.0)]
    grads_vals = opt.compute_gradients(y, [w, x])
    for i, (g, v) in enumerate(grads_vals):
        if g is not None:
            grads_vals[i] = (tf.clip_by_norm(g, 6), v)
    train_op = opt.apply_gradients(grads_vals)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        print(sess.run(grads_vals))
        print(sess.run([x, w, y]))
