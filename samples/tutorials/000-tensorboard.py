# Tutorial 000: what it has in comments, the gradient of each step for TensorBoard.
#   python samples/tutorials/000-tensorboard.py
# Mended: `scalar` wants a number, so it gets the only entry of the list `gradients_node`, and the summaries are written.
# pip install "diffcli[tensorboard]"
import numpy as np
import diffcli.tensorflow as tf

np.random.seed(0)

sess = tf.Session()

x_input = tf.placeholder(tf.float32, name='x_input')
y_input = tf.placeholder(tf.float32, name='y_input')
w = tf.Variable(2.0, name='weight')
b = tf.Variable(1.0, name='biases')
y = tf.add(tf.multiply(x_input, w), b)
loss_op = tf.reduce_sum(tf.pow(y_input - y, 2)) / (2 * 32)
train_op = tf.train.GradientDescentOptimizer(0.01).minimize(loss_op)

'''tensorboard'''
gradients_node = tf.gradients(loss_op, w)
print(gradients_node)
tf.summary.scalar('norm_grads', gradients_node[0])
tf.summary.histogram('norm_grads', gradients_node)
merged = tf.summary.merge_all()
writer = tf.summary.FileWriter('log')

sess.run(tf.global_variables_initializer())

x_pure = np.random.randint(-10, 100, 32)
x_train = x_pure + np.random.randn(32) / 10
y_train = 3 * x_pure + 2 + np.random.randn(32) / 10

for i in range(20):
    _, summary, gradients = sess.run([train_op, merged, gradients_node],
                                     feed_dict={x_input: x_train[i], y_input: y_train[i]})
    writer.add_summary(summary, i)
    print("step: {} \t gradients: {}".format(i, gradients))

writer.close()
sess.close()
