// P1 with Task.Run for all children but one, which goes on here; the small products are plain loops.

using System.Numerics;

static class ForkJoin
{
    static readonly long[] Solutions = [1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14200, 73712, 365596];

    public static readonly Row[] Rows =
    [
        new("P1/fib", n => Task.Run(() => Fib(n)).Result, FibResult, 25),
        new("P1/skynet", depth => Task.Run(() => Skynet(0, Leaves(depth))).Result,
            depth => Leaves(depth) * (Leaves(depth) - 1) / 2, 4),
        new("P1/nqueens", n => Task.Run(() => Queens(new sbyte[n], 0)).Result, n => Solutions[n], 8),
        new("P1/matmul", Product, n => n * n * n, 256),
    ];

    static async Task<long> Fib(long n)
    {
        if (n < 2)
        {
            return n;
        }
        var a = Task.Run(() => Fib(n - 1));
        var b = await Fib(n - 2);
        return await a + b;
    }

    static long FibResult(long n)
    {
        long before = 0, now = 1;
        for (long i = 0; i < n; ++i)
        {
            (before, now) = (now, before + now);
        }
        return before;
    }

    static long Leaves(long depth) => depth == 0 ? 1 : 10 * Leaves(depth - 1);

    static async Task<long> Skynet(long first, long leaves)
    {
        if (leaves == 1)
        {
            return first;
        }
        var children = new Task<long>[10];
        for (var i = 0; i < 10; ++i)
        {
            var start = first + i * (leaves / 10);
            children[i] = Task.Run(() => Skynet(start, leaves / 10));
        }
        long sum = 0;
        foreach (var child in children)
        {
            sum += await child;
        }
        return sum;
    }

    static bool IsSafe(sbyte[] queens, int rows, int column)
    {
        for (var row = 0; row < rows; ++row)
        {
            var other = queens[row];
            if (other == column || other == column - (rows - row) || other == column + (rows - row))
            {
                return false;
            }
        }
        return true;
    }

    static async Task<long> Queens(sbyte[] queens, int rows)
    {
        if (rows == queens.Length)
        {
            return 1;
        }
        var children = new List<Task<long>>();
        for (var column = 0; column < queens.Length; ++column)
        {
            if (IsSafe(queens, rows, column))
            {
                var next = (sbyte[])queens.Clone();
                next[rows] = (sbyte)column;
                children.Add(Task.Run(() => Queens(next, rows + 1)));
            }
        }
        long solutions = 0;
        foreach (var child in children)
        {
            solutions += await child;
        }
        return solutions;
    }

    static long Product(long n)
    {
        var size = (int)n;
        int[] a = new int[n * n], b = new int[n * n], c = new int[n * n];
        Array.Fill(a, 1);
        Array.Fill(b, 1);
        Task.Run(() => Product(a, 0, b, 0, c, 0, size, size)).Wait();
        long sum = 0;
        foreach (var x in c)
        {
            sum += x;
        }
        return sum;
    }

    static async Task Product(int[] a, int a0, int[] b, int b0, int[] c, int c0, int size, int stride)
    {
        if (size <= 32)
        {
            ProductSmall(a, a0, b, b0, c, c0, size, stride);
            return;
        }
        var half = size / 2;
        int At(int start, int row, int column) => start + row * half * stride + column * half;
        for (var step = 0; step < 2; ++step)
        {
            var k = step;
            Task Quarter(int row, int column) =>
                Product(a, At(a0, row, k), b, At(b0, k, column), c, At(c0, row, column), half, stride);
            var first = Task.Run(() => Quarter(0, 0));
            var second = Task.Run(() => Quarter(0, 1));
            var third = Task.Run(() => Quarter(1, 0));
            await Quarter(1, 1);
            await Task.WhenAll(first, second, third);
        }
    }

    static void ProductSmall(int[] a, int a0, int[] b, int b0, int[] c, int c0, int size, int stride)
    {
        for (var i = 0; i < size; ++i)
        {
            var row = c.AsSpan(c0 + i * stride, size);
            for (var k = 0; k < size; ++k)
            {
                AddMultiple(row, a[a0 + i * stride + k], b.AsSpan(b0 + k * stride, size));
            }
        }
    }

    // With vectors, as the C++ compilers do by themselves.
    static void AddMultiple(Span<int> row, int factor, ReadOnlySpan<int> other)
    {
        var i = 0;
        for (var wide = Vector<int>.Count; i + wide <= row.Length; i += wide)
        {
            (new Vector<int>(row[i..]) + new Vector<int>(other[i..]) * factor).CopyTo(row[i..]);
        }
        for (; i < row.Length; ++i)
        {
            row[i] += factor * other[i];
        }
    }
}
