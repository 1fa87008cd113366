# Tutorial 001: compile, fit and the history, five epochs with a validation after every second one.
#   python samples/tutorials/001-compile-and-fit.py
# Mended: the line that begins the call of `compile` stands inside a comment there, and the network and the data are not
# shown: here points in the plane are to be told apart by the quadrant that they lie in.
# `lr` is called `learning_rate` since Keras 3, which refuses the old name; here both will do.
import numpy as np
import diffcli.tensorflow as tf

tf.random.set_seed(0)
points = np.random.default_rng(0).uniform(-1, 1, (400, 2)).astype('float32')
quadrants = (points[:, 0] > 0) * 2 + (points[:, 1] > 0)
labels = np.eye(4, dtype='float32')[quadrants]
train_db = tf.data.Dataset.from_tensor_slices((points[:320], labels[:320])).shuffle(320, seed=0).batch(32)
val_db = tf.data.Dataset.from_tensor_slices((points[320:], labels[320:])).batch(32)

network = tf.keras.Sequential([
    tf.keras.layers.Dense(32, activation='relu'),
    tf.keras.layers.Dense(4),
])

# 导入优化器,损失函数模块
from diffcli.tensorflow.keras import optimizers, losses
# 模型装配
# 采用Adam优化器,学习率为0.01;采用交叉熵损失函数,包含Softmax
network.compile(optimizer=optimizers.Adam(lr=0.01),
    loss=losses.CategoricalCrossentropy(from_logits=True),
    metrics=['accuracy'] # 设置测量指标为准确率
)

# 指定训练集为train_db,验证集为val_db,训练5个epochs,每2个epoch验证一次
# 返回训练轨迹信息保存在history对象中
history = network.fit(train_db, epochs=5, validation_data=val_db, validation_freq=2)

for name, values in history.history.items():
    print(name, *values)
