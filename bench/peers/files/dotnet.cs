// P12 with .NET's asynchronous files: a chain of awaits a lane, and File.Copy.

using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

static class Files
{
    const int Block = 4096;
    const long Blocks = 65_536; // of the large file
    const int Lanes = 32;       // a thread

    public static readonly Row[] Rows =
    [
        new("P12/small", n => Run(i => ReadSome(n, i)), n => n * (n - 1) / 2, 1000, MakeSmall),
        new("P12/small_write", WriteSmall, WrittenSmall, 1000),
        new("P12/random", ReadRandom, SumOfPositions, 20_000, _ => WriteBlocks(Name("large"), Blocks)),
        new("P12/copy", Copy, CopiedMebibytes, 1, n => WriteBlocks(Name("large"), n << 20 >> 12)),
    ];

    static readonly int All = Lanes * Environment.ProcessorCount;
    static int copies;

    static readonly Lazy<string> Folder = new(() =>
    {
        var made = Directory.CreateTempSubdirectory("weft-bench-files-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(made, true);
        return made;
    });

    static string Name(string file) => Path.Combine(Folder.Value, file);

    static byte[] Contents(long i)
    {
        var bytes = new byte[Block];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, i);
        return bytes;
    }

    static void MakeSmall(long n)
    {
        for (long i = 0; i < n; ++i)
        {
            File.WriteAllBytes(Name($"{i}"), Contents(i));
        }
    }

    static void WriteBlocks(string path, long n)
    {
        if (File.Exists(path) && new FileInfo(path).Length == n * Block)
        {
            return; // by the warm-up
        }
        using var file = new FileStream(path, FileMode.Create);
        for (long i = 0; i < n; ++i)
        {
            file.Write(Contents(i));
        }
        file.Flush(true);
    }

    static long Run(Func<int, Task<long>> lane) =>
        Task.WhenAll(Enumerable.Range(0, All).Select(i => Task.Run(() => lane(i)))).Result.Sum();

    static async Task<long> ReadSome(long n, int lane)
    {
        long sum = 0;
        for (long i = lane; i < n; i += All)
        {
            sum += BinaryPrimitives.ReadInt64LittleEndian(await File.ReadAllBytesAsync(Name($"{i}")));
        }
        return sum;
    }

    static long WriteSmall(long n)
    {
        var prefix = $"written{++copies}-";
        return Run(async lane =>
        {
            long count = 0;
            for (long i = lane; i < n; i += All, ++count)
            {
                await File.WriteAllBytesAsync(Name($"{prefix}{i}"), Contents(i));
            }
            return count;
        });
    }

    static long WrittenSmall(long n)
    {
        long right = 0;
        for (long i = 0; i < n; ++i)
        {
            right += BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(Name($"written{copies}-{i}"))) == i ? 1 : 0;
        }
        return right;
    }

    // splitmix64
    struct Positions(int lane)
    {
        ulong state = (ulong)lane + 1;

        public long Next()
        {
            state += 0x9E3779B97F4A7C15U;
            var z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
            return (long)((z ^ (z >> 31)) % (ulong)Blocks);
        }
    }

    static long Share(long n, int lane) => n / All + (lane < n % All ? 1 : 0);

    static long SumOfPositions(long n)
    {
        long sum = 0;
        for (var lane = 0; lane < All; ++lane)
        {
            var at = new Positions(lane);
            for (var i = Share(n, lane); i > 0; --i)
            {
                sum += at.Next();
            }
        }
        return sum;
    }

    static long ReadRandom(long n)
    {
        using var file = File.OpenHandle(Name("large"), options: FileOptions.Asynchronous | FileOptions.RandomAccess);
        return Run(lane => ReadLane(file, n, lane));
    }

    static async Task<long> ReadLane(SafeFileHandle file, long n, int lane)
    {
        var into = new byte[Block];
        var at = new Positions(lane);
        long sum = 0;
        for (var i = Share(n, lane); i > 0; --i)
        {
            if (await RandomAccess.ReadAsync(file, into, at.Next() * Block) != Block)
            {
                throw new EndOfStreamException();
            }
            sum += BinaryPrimitives.ReadInt64LittleEndian(into);
        }
        return sum;
    }

    static long Copy(long n)
    {
        File.Copy(Name("large"), Name($"copy{++copies}"));
        return new FileInfo(Name($"copy{copies}")).Length;
    }

    static long CopiedMebibytes(long n) => new FileInfo(Name("large")).Length;
}
