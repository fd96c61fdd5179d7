// P10 with Parallel.For, over pieces (Partitioner.Create) where the body is short, as its documentation advises, and
// with Vector where a loop is one of additions. .NET has no parallel sort of an array and no scan: shares, one for each
// thread, sorted and merged, or added up twice.

using System.Collections.Concurrent;
using System.Numerics;

static class Loops
{
    static double[] ones = [];
    static float[] x = [], y = [];
    static byte[] bytes = [];
    static int[] unsorted = [], sorted = [], merged = [];
    static long[] terms = [], totals = [];

    public static readonly Row[] Rows =
    [
        new("P10/sum", Sum, n => n, long.MaxValue, n => Fill(ref ones, n, static _ => 1.0)),
        new("P10/saxpy", Saxpy, n => n, long.MaxValue,
            n => { Fill(ref x, n, static _ => 1f); Array.Clear(Fill(ref y, n, static _ => 0f)); }),
        new("P10/histogram", Histogram, n => n, long.MaxValue,
            n => Fill(ref bytes, n, static i => (byte)Mixed((ulong)i))),
        new("P10/sort", Sort, n => IsSorted() ? n : -1, long.MaxValue,
            n => { Fill(ref unsorted, n, static i => (int)Mixed((ulong)i)); sorted = [.. unsorted]; merged = new int[n]; }),
        new("P10/scan", Scan, n => n / 7 * 21 + n % 7 * (n % 7 - 1) / 2, long.MaxValue,
            n => { Fill(ref terms, n, static i => i % 7); Fill(ref totals, n, static _ => 0); }),
        new("P10/mandelbrot", Mandelbrot, null, 256),
        new("P10/primes", Primes, null, 100_000),
        new("P10/trees", Trees, null, 10_000),
        new("P10/two", n => Times(n, 2), n => n, 20_000),
        new("P10/empty", n => Times(n, 0), n => n, 20_000),
    ];

    // Made once.
    static T[] Fill<T>(ref T[] array, long n, Func<long, T> of)
    {
        if (array.Length != n)
        {
            array = new T[n];
            for (long i = 0; i < n; ++i)
            {
                array[i] = of(i);
            }
        }
        return array;
    }

    static long Sum(long n)
    {
        double total = 0;
        var guard = new Lock();
        Parallel.ForEach(Partitioner.Create(0, n), range =>
        {
            var part = ones.AsSpan((int)range.Item1, (int)(range.Item2 - range.Item1));
            Vector<double> first = default, second = default;
            var i = 0;
            for (; i + 2 * Vector<double>.Count <= part.Length; i += 2 * Vector<double>.Count)
            {
                first += new Vector<double>(part[i..]);
                second += new Vector<double>(part[(i + Vector<double>.Count)..]);
            }
            var sum = Vector.Sum(first + second);
            for (; i < part.Length; ++i)
            {
                sum += part[i];
            }
            lock (guard)
            {
                total += sum;
            }
        });
        return (long)total;
    }

    static long Saxpy(long n)
    {
        Parallel.ForEach(Partitioner.Create(0, n), range =>
        {
            var from = x.AsSpan((int)range.Item1, (int)(range.Item2 - range.Item1));
            var to = y.AsSpan((int)range.Item1, from.Length);
            var i = 0;
            for (; i + Vector<float>.Count <= from.Length; i += Vector<float>.Count)
            {
                (2f * new Vector<float>(from[i..]) + new Vector<float>(to[i..])).CopyTo(to[i..]);
            }
            for (; i < from.Length; ++i)
            {
                to[i] = 2f * from[i] + to[i];
            }
        });
        return y[0] == 2f && y[n - 1] == 2f ? n : 0;
    }

    static long Histogram(long n)
    {
        var all = new long[256];
        Parallel.ForEach(Partitioner.Create(0, n), static () => new long[256],
            static (range, _, mine) =>
            {
                foreach (var b in bytes.AsSpan((int)range.Item1, (int)(range.Item2 - range.Item1)))
                {
                    ++mine[b];
                }
                return mine;
            },
            mine =>
            {
                lock (all)
                {
                    for (var i = 0; i < all.Length; ++i)
                    {
                        all[i] += mine[i];
                    }
                }
            });
        return all.Sum();
    }

    static int Border(long n, int share, int shares) => (int)(n * Math.Min(share, shares) / shares);

    static long Sort(long n)
    {
        var shares = Environment.ProcessorCount;
        Parallel.For(0, shares, i =>
            Array.Sort(sorted, Border(n, i, shares), Border(n, i + 1, shares) - Border(n, i, shares)));
        for (var run = 1; run < shares; run *= 2)
        {
            Parallel.For(0, (shares + 2 * run - 1) / (2 * run), pair =>
            {
                var i = pair * 2 * run;
                Merge(sorted.AsSpan()[Border(n, i, shares)..Border(n, i + run, shares)],
                    sorted.AsSpan()[Border(n, i + run, shares)..Border(n, i + 2 * run, shares)],
                    merged.AsSpan(Border(n, i, shares)));
            });
            (sorted, merged) = (merged, sorted);
        }
        return sorted.LongLength;
    }

    static bool IsSorted()
    {
        for (var i = 1; i < sorted.Length; ++i)
        {
            if (sorted[i - 1] > sorted[i])
            {
                return false;
            }
        }
        return true;
    }

    static void Merge(ReadOnlySpan<int> a, ReadOnlySpan<int> b, Span<int> to)
    {
        int i = 0, j = 0, k = 0;
        while (i < a.Length && j < b.Length)
        {
            to[k++] = b[j] < a[i] ? b[j++] : a[i++];
        }
        a[i..].CopyTo(to[k..]);
        b[j..].CopyTo(to[(k + a.Length - i)..]);
    }

    static long Scan(long n)
    {
        var shares = Environment.ProcessorCount;
        var before = new long[shares];
        Parallel.For(0, shares - 1, i =>
        {
            long sum = 0;
            foreach (var each in terms.AsSpan()[Border(n, i, shares)..Border(n, i + 1, shares)])
            {
                sum += each;
            }
            before[i + 1] = sum;
        });
        for (var i = 1; i < shares; ++i)
        {
            before[i] += before[i - 1];
        }
        Parallel.For(0, shares, i =>
        {
            var total = before[i];
            var to = totals.AsSpan()[Border(n, i, shares)..Border(n, i + 1, shares)];
            var from = terms.AsSpan(Border(n, i, shares), to.Length);
            for (var k = 0; k < to.Length; ++k)
            {
                to[k] = total += from[k];
            }
        });
        return totals[n - 1];
    }

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
