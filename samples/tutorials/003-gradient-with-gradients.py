# Tutorial 003, second way: tf.gradients.
#   python samples/tutorials/003-gradient-with-gradients.py
# Mended: tf.gradients refuses to work where operations are carried out at once, and a tensor of a graph has no numpy():
# the same program in a graph, run in a session.
import diffcli.tensorflow as tf

with tf.Graph().as_default():

    # 生成一些数据

    x = tf.Variable(3.0)

    # 定义一个函数 f(x)

    def f_x(x):

        return 3 * x ** 2

    # 计算 f_x(x) 对 x 的导数

    dy_dx = tf.gradients(f_x(x), x)

    with tf.compat.v1.Session() as sess:
        sess.run(tf.compat.v1.global_variables_initializer())
        print(sess.run(dy_dx[0])) # 输出 18.0
