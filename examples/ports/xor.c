/* The experiment `xor`, written as one would in C: plain loops, and the exp of the C library.
 *
 *     cc -O2 -o xor examples/ports/xor.c -lm && ./xor | python scripts/compare.py xor -
 */
#include <math.h>
#include <stdio.h>

enum { EXAMPLES = 4, INPUTS = 3, HIDDEN = 4, EPOCHS = 60000 };

static const double x[EXAMPLES][INPUTS] = {{0, 0, 1}, {0, 1, 1}, {1, 0, 1}, {1, 1, 1}};
static const double target[EXAMPLES] = {0, 1, 1, 0};
/* The draws of NumPy's seed 1, from data/reference/xor/certificate.json. */
static double w1[INPUTS][HIDDEN] = {
    {-0x1.53e0bc0170fe8p-3, 0x1.c3397ceebc144p-2, -0x1.ffe2046f999e4p-1, -0x1.94d2a9003ee18p-2},
    {-0x1.69b8d2e1c7d62p-1, -0x1.a171fdcd3cd7cp-1, -0x1.414500ce58f0ep-1, -0x1.3c4aa8548b864p-2},
    {-0x1.a6d7262101060p-3, 0x1.3dfc97629f540p-4, -0x1.4afab15f9a9d8p-3, 0x1.7b545c8648c9cp-2}};
static double w2[HIDDEN] = {-0x1.2ea411c73cefap-1, 0x1.8331379d62c94p-1, -0x1.e3f481bb98534p-1, 0x1.5d1e11e9f96a4p-2};

static double sigmoid(double s) { return 1 / (1 + exp(-s)); }

static void dump(int epoch, const char *quantity, const double *values, int rows, int columns) {
  for (int i = 0; i < rows * columns; i++)
    printf("%d,%s,%d,%d,%.17g\n", epoch, quantity, i / columns, i % columns, values[i]);
}

int main(void) {
  printf("epoch,quantity,row,column,value\n");
  for (int epoch = 0; epoch < EPOCHS; epoch++) {
    double hidden[EXAMPLES][HIDDEN], output[EXAMPLES], error[EXAMPLES], delta2[EXAMPLES], delta1[EXAMPLES][HIDDEN];
    double gradient2[HIDDEN] = {0}, gradient1[INPUTS][HIDDEN] = {{0}}, mean = 0;
    for (int e = 0; e < EXAMPLES; e++) {
      double sum = 0;
      for (int h = 0; h < HIDDEN; h++) {
        double s = 0;
        for (int i = 0; i < INPUTS; i++) s += x[e][i] * w1[i][h];
        hidden[e][h] = sigmoid(s);
        sum += hidden[e][h] * w2[h];
      }
      output[e] = sigmoid(sum);
      error[e] = target[e] - output[e];
      mean += fabs(error[e]) / EXAMPLES;
      delta2[e] = error[e] * output[e] * (1 - output[e]);
      for (int h = 0; h < HIDDEN; h++) {
        delta1[e][h] = delta2[e] * w2[h] * hidden[e][h] * (1 - hidden[e][h]);
        gradient2[h] += hidden[e][h] * delta2[e];
        for (int i = 0; i < INPUTS; i++) gradient1[i][h] += x[e][i] * delta1[e][h];
      }
    }
    if (epoch <= 10 || epoch % 10000 == 0 || epoch == EPOCHS - 1) {
      dump(epoch, "weights[1]", w1[0], INPUTS, HIDDEN);
      dump(epoch, "weights[2]", w2, HIDDEN, 1);
      dump(epoch, "activations[1]", hidden[0], EXAMPLES, HIDDEN);
      dump(epoch, "activations[2]", output, EXAMPLES, 1);
      dump(epoch, "error", error, EXAMPLES, 1);
      dump(epoch, "mean_absolute_error", &mean, 1, 1);
      dump(epoch, "deltas[2]", delta2, EXAMPLES, 1);
      dump(epoch, "gradients[2]", gradient2, HIDDEN, 1);
      dump(epoch, "deltas[1]", delta1[0], EXAMPLES, HIDDEN);
      dump(epoch, "gradients[1]", gradient1[0], INPUTS, HIDDEN);
    }
    for (int h = 0; h < HIDDEN; h++) {
      w2[h] += gradient2[h];
      for (int i = 0; i < INPUTS; i++) w1[i][h] += gradient1[i][h];
    }
  }
  return 0;
}
