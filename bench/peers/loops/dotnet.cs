// P10 with Parallel.For, over pieces (Partitioner.Create) where the body is short, as its documentation advises.

using System.Collections.Concurrent;

static class Loops
{
    public static readonly Row[] Rows =
    [
        new("P10/mandelbrot", Mandelbrot, null, 256),
        new("P10/primes", Primes, null, 100_000),
        new("P10/trees", Trees, null, 10_000),
        new("P10/two", n => Times(n, 2), n => n, 20_000),
        new("P10/empty", n => Times(n, 0), n => n, 20_000),
    ];

    static long Times(long n, int iterations)
    {
        for (long i = 0; i < n; ++i)
        {
            Parallel.For(0, iterations, static _ => { });
        }
        return n;
    }

    static long Mandelbrot(long size)
    {
        var picture = new long[size];
        Parallel.For(0L, size, y =>
        {
            long sum = 0;
            for (long x = 0; x < size; ++x)
            {
                double re = 3.0 * x / size - 2.0, im = 3.0 * y / size - 1.5, zr = 0, zi = 0;
                var steps = 0;
                while (steps < 256 && zr * zr + zi * zi <= 4)
                {
                    var next = zr * zr - zi * zi + re;
                    zi = 2 * zr * zi + im;
                    zr = next;
                    ++steps;
                }
                sum += steps;
            }
            picture[y] = sum;
        });
        return picture.Sum();
    }

    static long SumOf(long n, Func<long, long> of)
    {
        long total = 0;
        Parallel.ForEach(Partitioner.Create(0, n), range =>
        {
            long sum = 0;
            for (var i = range.Item1; i < range.Item2; ++i)
            {
                sum += of(i);
            }
            Interlocked.Add(ref total, sum);
        });
        return total;
    }

    static long Primes(long n) => SumOf(n, static i =>
    {
        if (i < 4)
        {
            return i > 1 ? 1 : 0;
        }
        if (i % 2 == 0)
        {
            return 0;
        }
        for (long d = 3; d * d <= i; d += 2)
        {
            if (i % d == 0)
            {
                return 0;
            }
        }
        return 1;
    });

    static ulong Mixed(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9UL;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebUL;
        return x ^ (x >> 31);
    }

    static long Trees(long n) => SumOf(n, static i =>
    {
        var nodes = 1L << (int)(Mixed((ulong)i) % 12);
        var state = (ulong)i;
        for (long step = 0; step < nodes; ++step)
        {
            state = Mixed(state + 1);
        }
        return (long)(state & 0xff);
    });
}
