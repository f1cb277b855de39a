# The experiment `xor`, written as one would in R: matrices, %*% and *.
#
#     Rscript examples/ports/xor.R | python scripts/compare.py xor -

epochs <- 60000
inputs <- rbind(c(0, 0, 1), c(0, 1, 1), c(1, 0, 1), c(1, 1, 1))
targets <- rbind(0, 1, 1, 0)
# The draws of NumPy's seed 1, from data/reference/xor/certificate.json; set.seed(1) would give others.
w1 <- rbind(
  c(-0.165955990594852, 0.4406489868843162, -0.9997712503653102, -0.39533485473632046),
  c(-0.7064882183657739, -0.8153228104624044, -0.6274795772446582, -0.3088785459139045),
  c(-0.20646505153866013, 0.07763346800671389, -0.1616109711934104, 0.370439000793519))
w2 <- rbind(-0.5910955005369651, 0.7562348727818908, -0.9452248136041477, 0.34093502035680445)

sigmoid <- function(s) 1 / (1 + exp(-s))

dump <- function(epoch, quantity, values) {
  values <- as.matrix(values)
  cat(sprintf("%d,%s,%d,%d,%.17g\n", epoch, quantity, row(values) - 1L, col(values) - 1L, values), sep = "")
}

cat("epoch,quantity,row,column,value\n")
for (epoch in 0:(epochs - 1)) {
  hidden <- sigmoid(inputs %*% w1)
  output <- sigmoid(hidden %*% w2)
  error <- targets - output
  delta2 <- error * output * (1 - output)
  delta1 <- (delta2 %*% t(w2)) * hidden * (1 - hidden)
  gradient2 <- t(hidden) %*% delta2
  gradient1 <- t(inputs) %*% delta1
  if (epoch <= 10 || epoch %% 10000 == 0 || epoch == epochs - 1) {
    dump(epoch, "weights[1]", w1)
    dump(epoch, "weights[2]", w2)
    dump(epoch, "activations[1]", hidden)
    dump(epoch, "activations[2]", output)
    dump(epoch, "error", error)
    dump(epoch, "mean_absolute_error", mean(abs(error)))
    dump(epoch, "deltas[2]", delta2)
    dump(epoch, "gradients[2]", gradient2)
    dump(epoch, "deltas[1]", delta1)
    dump(epoch, "gradients[1]", gradient1)
  }
  w2 <- w2 + gradient2
  w1 <- w1 + gradient1
}
