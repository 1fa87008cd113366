# Tutorial 004, first example: every gradient is clipped to [-threshold, threshold] before it is applied.
#   python samples/tutorials/004-clip-by-value.py
# Mended: the tutorial does not show the loss, the variables and the learning rate; these are of its second example.
import diffcli.tensorflow as tf

with tf.Graph().as_default():
    x = tf.Variable(initial_value=10., dtype='float32')
    w = tf.Variable(initial_value=5., dtype='float32')
    loss = w * x
    learning_rate = 0.1

    #Now we apply gradient clipping. For this, we need to get the gradients,
    #use the `clip_by_value()` function to clip them, then apply them:
    threshold = 1.0
    optimizer = tf.train.GradientDescentOptimizer(learning_rate)
    grads_and_vars = optimizer.compute_gradients(loss)
    #list包括的是:梯度和更新变量的元组对
    capped_gvs = [(tf.clip_by_value(grad, -threshold, threshold), var)
                 for grad, var in grads_and_vars]
     #执行对应变量的更新梯度操作
    training_op = optimizer.apply_gradients(capped_gvs)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        print(sess.run(grads_and_vars))
        print(sess.run(capped_gvs))
        sess.run(training_op)
        print(sess.run([x, w, loss]))
