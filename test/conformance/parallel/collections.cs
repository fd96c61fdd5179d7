// Concurrent collections, the blocking one, and progress.

using System.Collections.Concurrent;

static class collections
{
    static void OnOtherThread(Action action) { var t = new Thread(() => action()); t.Start(); t.Join(); }

    public static void queue_is_first_in_first_out(Recorder r)
    {
        var q = new ConcurrentQueue<int>();
        for (int i = 0; i < 3; ++i) q.Enqueue(i);
        r.Line(q.ToArray(), q.Count);
        q.TryPeek(out var first);
        q.TryDequeue(out var taken);
        r.Line(first, taken, q.Count, q.IsEmpty);
    }
    public static void queue_of_nothing(Recorder r)
    {
        var q = new ConcurrentQueue<int>();
        r.Line(q.TryDequeue(out _), q.TryPeek(out _), q.Count, q.IsEmpty, q.ToArray());
    }
    public static void queue_cleared(Recorder r)
    {
        var q = new ConcurrentQueue<int>();
        for (int i = 0; i < 100; ++i) q.Enqueue(i);
        q.Clear();
        r.Line(q.Count, q.IsEmpty, q.TryDequeue(out _));
        q.Enqueue(7);
        r.Line(q.ToArray());
    }
    public static void queue_filled_by_many(Recorder r)
    {
        var q = new ConcurrentQueue<int>();
        Parallel.For(0, 1000, i => q.Enqueue(i));
        r.Line(q.Count, q.Sum());
    }
    public static void bag_gives_a_thread_its_last_first(Recorder r)
    {
        var b = new ConcurrentBag<int>();
        for (int i = 1; i <= 3; ++i) b.Add(i);
        b.TryPeek(out var peeked);
        b.TryTake(out var x);
        b.TryTake(out var y);
        b.TryTake(out var z);
        r.Line(peeked, x, y, z, b.TryTake(out _), b.IsEmpty);
    }
    public static void bag_of_nothing(Recorder r)
    {
        var b = new ConcurrentBag<int>();
        r.Line(b.TryTake(out _), b.TryPeek(out _), b.Count, b.IsEmpty);
    }
    public static void bag_cleared(Recorder r)
    {
        var b = new ConcurrentBag<int>();
        OnOtherThread(() => { b.Add(1); b.Add(2); });
        b.Add(3);
        r.Line(b.Count);
        b.Clear();
        r.Line(b.Count, b.TryTake(out _));
    }
    public static void bag_filled_by_many(Recorder r)
    {
        var b = new ConcurrentBag<int>();
        Parallel.For(0, 1000, i => b.Add(i));
        r.Line(b.Count, b.Sum());
    }

    public static void blocking_is_first_in_first_out(Recorder r)
    {
        var c = new BlockingCollection<int>();
        for (int i = 0; i < 3; ++i) c.Add(i);
        r.Line(c.Take(), c.Take(), c.Take(), c.Count);
    }
    public static void blocking_take_when_completed(Recorder r)
    {
        var c = new BlockingCollection<int>();
        c.Add(1);
        c.CompleteAdding();
        r.Line(c.IsAddingCompleted, c.IsCompleted);
        r.Gives("take", () => c.Take());
        r.Line(c.IsCompleted);
        r.Gives("take", () => c.Take());
        r.Line(c.TryTake(out _));
    }
    public static void blocking_add_when_completed(Recorder r)
    {
        var c = new BlockingCollection<int>();
        c.CompleteAdding();
        r.Throws("add", () => c.Add(1));
        r.Throws("try_add", () => c.TryAdd(1));
        r.Throws("again", () => c.CompleteAdding());
    }
    public static void blocking_that_is_full(Recorder r)
    {
        var c = new BlockingCollection<int>(2);
        r.Line(c.TryAdd(1), c.TryAdd(2), c.TryAdd(3), c.Count, c.BoundedCapacity);
        r.Line(c.Take(), c.TryAdd(3), c.Count);
    }
    public static void blocking_bad_bounds(Recorder r) => r.Throws("zero", () => new BlockingCollection<int>(0));
    public static void blocking_try_take_of_nothing(Recorder r)
    {
        var c = new BlockingCollection<int>();
        r.Line(c.TryTake(out _), c.TryTake(out _, TimeSpan.FromMilliseconds(1)));
        r.Throws("negative", () => c.TryTake(out _, TimeSpan.FromMilliseconds(-2)));
    }
    public static void blocking_with_a_requested_token(Recorder r)
    {
        var c = new BlockingCollection<int>();
        c.Add(1);
        r.Gives("take", () => c.Take(new CancellationToken(true)));
        r.Throws("add", () => c.Add(2, new CancellationToken(true)));
        r.Line(c.Count);
    }
    public static void blocking_take_that_waits(Recorder r)
    {
        var c = new BlockingCollection<int>();
        var t = new Thread(() => r.Line("took", c.Take()));
        t.Start();
        c.Add(5);
        t.Join();
    }
    public static void blocking_take_that_is_canceled(Recorder r)
    {
        var c = new BlockingCollection<int>();
        using var source = new CancellationTokenSource();
        var t = new Thread(() => r.Gives("take", () => c.Take(source.Token)));
        t.Start();
        source.Cancel();
        t.Join();
    }
    public static void blocking_take_that_sees_the_end(Recorder r)
    {
        var c = new BlockingCollection<int>();
        var t = new Thread(() => r.Gives("take", () => c.Take()));
        t.Start();
        c.CompleteAdding();
        t.Join();
    }
    public static void blocking_add_that_waits(Recorder r)
    {
        var c = new BlockingCollection<int>(1);
        c.Add(1);
        using var taken = new ManualResetEventSlim();
        var t = new Thread(() => { c.Add(2); taken.Wait(); r.Line("added"); });
        t.Start();
        r.Line("took", c.Take());
        taken.Set();
        t.Join();
        r.Line(c.Take());
    }
    public static void blocking_add_that_is_canceled(Recorder r)
    {
        var c = new BlockingCollection<int>(1);
        c.Add(1);
        using var source = new CancellationTokenSource();
        var t = new Thread(() => r.Throws("add", () => c.Add(2, source.Token)));
        t.Start();
        source.Cancel();
        t.Join();
        r.Line(c.Count);
    }
    public static void blocking_consumed_to_the_end(Recorder r)
    {
        var c = new BlockingCollection<int>();
        var t = new Thread(() => { for (int i = 0; i < 5; ++i) c.Add(i); c.CompleteAdding(); });
        t.Start();
        r.Line(c.GetConsumingEnumerable().ToArray());
        t.Join();
        r.Line(c.IsCompleted);
    }
    public static void blocking_consumed_with_a_requested_token(Recorder r)
    {
        var c = new BlockingCollection<int>();
        c.Add(1);
        r.Gives("consume", () => c.GetConsumingEnumerable(new CancellationToken(true)).ToArray());
        r.Line(c.Count);
    }

    public static void progress_without_a_context_goes_to_the_pool(Recorder r)
    {
        using var came = new ManualResetEventSlim();
        IProgress<int> p = new Progress<int>(value => { r.Line(value, Here.Label); came.Set(); });
        p.Report(7);
        came.Wait();
    }
    public static void progress_goes_to_the_context_of_its_making(Recorder r)
    {
        var context = new ManualContext();
        IProgress<int> p;
        using (new Current(context)) p = new Progress<int>(value => r.Line("got", value));
        p.Report(1);
        p.Report(2);
        r.Line("posts", context.Posts);
        context.RunOne();
        context.RunOne();
    }
}
