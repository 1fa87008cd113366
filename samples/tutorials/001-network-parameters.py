# Tutorial 001: the variables of a network of three dense layers, as its text describes it.
#   python samples/tutorials/001-network-parameters.py
# Mended: the tutorial does not show its model. Its printed names say that three dense layers were made before it (those
# that it calls one by one), and the shapes that it has 9 inputs, layers of 64 and 64 units and one output.
import diffcli.tensorflow as tf

fc1 = tf.keras.layers.Dense(64, activation='relu')
fc2 = tf.keras.layers.Dense(64, activation='relu')
fc3 = tf.keras.layers.Dense(1)

model = tf.keras.Sequential([
    tf.keras.layers.Dense(64, activation='relu'),
    tf.keras.layers.Dense(64, activation='relu'),
    tf.keras.layers.Dense(1),
])
model.build(input_shape=(None, 9))
model.summary()

# 打印网络的待优化参数名与shape
for p in model.trainable_variables:
    print(p.name, p.shape) # 参数名和形状
