# Tutorial 000: the two first lines that its training loop prints, from the two points that its random data began with.
#   python samples/tutorials/000-first-printed-lines.py
# Mended: `gradients_node` stands outside of the commented block. The two printed numbers of a line fix the point:
# with the residual r, loss = r**2/64 and gradient = -r*x/32.
import diffcli.tensorflow as tf

x_train = [77.1735070258, -10.0488339484]
y_train = [233.160461586, -28.0640730771]

sess = tf.Session()

x_input = tf.placeholder(tf.float32, name='x_input')
y_input = tf.placeholder(tf.float32, name='y_input')
w = tf.Variable(2.0, name='weight')
b = tf.Variable(1.0, name='biases')
y = tf.add(tf.multiply(x_input, w), b)
loss_op = tf.reduce_sum(tf.pow(y_input - y, 2)) / (2 * 32)
train_op = tf.train.GradientDescentOptimizer(0.01).minimize(loss_op)
gradients_node = tf.gradients(loss_op, w)

init = tf.global_variables_initializer()
sess.run(init)

for i in range(2):
    _, gradients, loss = sess.run([train_op, gradients_node, loss_op],
                                  feed_dict={x_input: x_train[i], y_input: y_train[i]})
    print("epoch: {} \t loss: {} \t gradients: {}".format(i, loss, gradients))

sess.close()
