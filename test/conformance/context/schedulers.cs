// The exclusive and the concurrent half of a pair, and limits: what runs beside what.

static class schedulers
{
    static Task On(TaskScheduler s, Action a) =>
        Task.Factory.StartNew(a, CancellationToken.None, TaskCreationOptions.None, s);
    static Task<T> On<T>(TaskScheduler s, Func<T> f) =>
        Task.Factory.StartNew(f, CancellationToken.None, TaskCreationOptions.None, s);

    /// The most that ran at a time of `n` pieces.
    static int Most(TaskScheduler s, int n)
    {
        int running = 0, most = 0;
        var gate = new object();
        Task.WaitAll(Enumerable.Range(0, n).Select(_ => On(s, () =>
        {
            lock (gate) most = Math.Max(most, ++running);
            Thread.Yield();
            lock (gate) --running;
        })).ToArray());
        return most;
    }

    public static void exclusive_work_runs_alone(Recorder r) =>
        r.Line(Most(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler, 50));
    public static void exclusive_work_runs_in_order(Recorder r)
    {
        var s = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var order = new List<int>();
        Task.WaitAll(Enumerable.Range(0, 10).Select(n => On(s, () => order.Add(n))).ToArray());
        r.Line(order);
    }
    public static void concurrent_work_of_one_runs_alone(Recorder r) =>
        r.Line(Most(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, 1).ConcurrentScheduler, 50));
    public static void concurrent_work_runs_up_to_its_maximum(Recorder r) =>
        r.Line(Most(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, 2).ConcurrentScheduler, 50) <= 2);
    public static void a_limit_of_one_keeps_the_order(Recorder r)
    {
        var s = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, 1).ConcurrentScheduler;
        var order = new List<int>();
        Task.WaitAll(Enumerable.Range(0, 10).Select(n => On(s, () => order.Add(n))).ToArray());
        r.Line(order);
    }
    public static void the_halves_exclude_each_other(Recorder r)
    {
        var pair = new ConcurrentExclusiveSchedulerPair();
        int readers = 0, writers = 0;
        bool clean = true;
        Task.WaitAll(Enumerable.Range(0, 60).Select(n => n % 3 == 0
            ? On(pair.ExclusiveScheduler, () =>
            {
                Interlocked.Increment(ref writers);
                if (Volatile.Read(ref readers) != 0 || Volatile.Read(ref writers) != 1) clean = false;
                Interlocked.Decrement(ref writers);
            })
            : On(pair.ConcurrentScheduler, () =>
            {
                Interlocked.Increment(ref readers);
                if (Volatile.Read(ref writers) != 0) clean = false;
                Interlocked.Decrement(ref readers);
            })).ToArray());
        r.Line(clean);
    }
    public static void what_is_current_inside(Recorder r)
    {
        var pair = new ConcurrentExclusiveSchedulerPair();
        r.Line(On(pair.ExclusiveScheduler, () => TaskScheduler.Current == pair.ExclusiveScheduler).Result);
        r.Line(On(pair.ConcurrentScheduler, () => TaskScheduler.Current == pair.ConcurrentScheduler).Result);
        r.Line(TaskScheduler.Current == TaskScheduler.Default);
    }
    public static void an_await_comes_back(Recorder r)
    {
        var pair = new ConcurrentExclusiveSchedulerPair();
        async Task<bool> Body()
        {
            await Task.Yield();
            return TaskScheduler.Current == pair.ExclusiveScheduler;
        }
        r.Line(On(pair.ExclusiveScheduler, Body).Unwrap().Result);
    }
    public static void configure_await_false_leaves_it(Recorder r)
    {
        var pair = new ConcurrentExclusiveSchedulerPair();
        var gate = new TaskCompletionSource();
        async Task<bool> Body()
        {
            await gate.Task.ConfigureAwait(false);
            return TaskScheduler.Current == TaskScheduler.Default;
        }
        var t = On(pair.ExclusiveScheduler, Body).Unwrap();
        On(pair.ExclusiveScheduler, () => { }).Wait(); // it waits now
        Here.On("other", () => gate.SetResult());
        r.Line(t.Result);
    }
    public static void run_inside_leaves_it(Recorder r)
    {
        var pair = new ConcurrentExclusiveSchedulerPair();
        r.Line(On(pair.ExclusiveScheduler, () => Task.Run(() => TaskScheduler.Current == TaskScheduler.Default))
            .Unwrap().Result);
    }
    public static void an_exception_is_the_tasks_and_the_next_runs(Recorder r)
    {
        var s = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var failed = On(s, () => throw new TestError("piece"));
        var next = On(s, () => 7);
        r.Line(next.Result);
        r.Errors("failed", failed);
    }
    public static void no_code_of_another_runs_between_two_pieces_that_do_not_suspend(Recorder r)
    {
        var s = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var order = new List<string>();
        async Task Body(string name)
        {
            lock (order) order.Add(name + 1);
            await Task.Yield();
            lock (order) order.Add(name + 2);
        }
        var gate = new ManualResetEventSlim();
        var first = On(s, gate.Wait);
        var a = On(s, () => Body("a")).Unwrap();
        var b = On(s, () => Body("b")).Unwrap();
        gate.Set();
        Task.WaitAll(first, a, b);
        r.Line(order);
    }
    public static void completes_at_once_when_nothing_is_queued(Recorder r)
    {
        var pair = new ConcurrentExclusiveSchedulerPair();
        r.Line(pair.Completion.IsCompleted);
        pair.Complete();
        pair.Completion.Wait();
        r.Line(pair.Completion.Status);
    }
    public static void completes_when_all_that_was_queued_has_run(Recorder r)
    {
        var pair = new ConcurrentExclusiveSchedulerPair();
        var gate = new ManualResetEventSlim();
        int ran = 0;
        var a = On(pair.ExclusiveScheduler, () => { gate.Wait(); Interlocked.Increment(ref ran); });
        var b = On(pair.ConcurrentScheduler, () => Interlocked.Increment(ref ran));
        pair.Complete();
        r.Line(pair.Completion.IsCompleted);
        gate.Set();
        pair.Completion.Wait();
        r.Line(ran);
        Task.WaitAll(a, b);
    }
    public static void completed_twice_is_silent(Recorder r)
    {
        var pair = new ConcurrentExclusiveSchedulerPair();
        pair.Complete();
        r.Throws("again", () => pair.Complete());
    }
    public static void bad_maxima(Recorder r)
    {
        r.Throws("none", () => new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, 0));
        r.Throws("below", () => new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, -2));
        r.Throws("as many as there are", () => new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, -1));
    }
    public static void a_limit_over_an_exclusive_one(Recorder r)
    {
        var below = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        r.Line(Most(new ConcurrentExclusiveSchedulerPair(below, 4).ConcurrentScheduler, 40));
    }
    public static void maximum_concurrency(Recorder r)
    {
        var pair = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, 3);
        r.Line(pair.ExclusiveScheduler.MaximumConcurrencyLevel, pair.ConcurrentScheduler.MaximumConcurrencyLevel);
    }
    public static void a_requested_token_keeps_it_from_running(Recorder r)
    {
        var s = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        bool ran = false;
        var stop = new CancellationTokenSource();
        var gate = new ManualResetEventSlim();
        var first = On(s, gate.Wait);
        var t = Task.Factory.StartNew(() => { ran = true; }, stop.Token, TaskCreationOptions.None, s);
        stop.Cancel();
        gate.Set();
        first.Wait();
        r.Awaits("t", t).Wait();
        r.Line(ran);
    }
    public static void several_pairs_do_not_hinder_each_other(Recorder r)
    {
        var a = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var b = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var gate = new ManualResetEventSlim();
        var blocked = On(a, gate.Wait);
        r.Line(On(b, () => 1).Result);
        gate.Set();
        blocked.Wait();
    }
}
