using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// A symmetric linear map H that multiplies a block of targets at once. A solver needs nothing else of H: the Hessian of a loss
/// (<see cref="HeadHessian.Multiply"/>), a Fisher matrix, a kernel matrix.
/// </summary>
/// <param name="values">(T, ...), T targets of one shape, contiguous; not to be changed. T falls as targets are solved.</param>
/// <param name="cancellationToken">Stops it.</param>
/// <returns>H x of each target: a new tensor of the same shape and dtype, which the solver may write to and disposes of.</returns>
public delegate Tensor SymmetricOperator(Tensor values, CancellationToken cancellationToken);
