// Parallel.For, ForEach and Invoke: what runs, what ends early, what is thrown.

static class parallel_loops
{
    static ParallelOptions With(int degree = -1, CancellationToken token = default) => new() { MaxDegreeOfParallelism = degree, CancellationToken = token };

    public static void every_index_once(Recorder r)
    {
        var seen = new int[100];
        var result = Parallel.For(0, 100, i => Interlocked.Increment(ref seen[i]));
        r.Line(seen.Sum(), seen.Max(), result.IsCompleted, result.LowestBreakIteration);
    }
    public static void of_nothing(Recorder r)
    {
        var result = Parallel.For(5, 5, i => r.Line("never"));
        r.Line(result.IsCompleted);
        r.Line(Parallel.For(5, 3, i => r.Line("never")).IsCompleted);
    }
    public static void negative_indices(Recorder r)
    {
        long sum = 0;
        Parallel.For(-50, 50, i => Interlocked.Add(ref sum, i));
        r.Line(sum);
    }
    public static void indices_of_64_bits(Recorder r)
    {
        long first = 1L << 40, sum = 0;
        Parallel.For(first, first + 10, i => Interlocked.Add(ref sum, i - first));
        r.Line(sum);
    }
    public static void one_at_a_time_is_in_order(Recorder r)
    {
        var seen = new List<int>();
        Parallel.For(0, 10, With(1), i => seen.Add(i));
        r.Line(seen);
    }
    public static void the_caller_waits_for_all(Recorder r)
    {
        int ended = 0;
        Parallel.For(0, 20, i => { Thread.Yield(); Interlocked.Increment(ref ended); });
        r.Line(ended);
    }
    public static void no_more_at_once_than_asked(Recorder r)
    {
        int now = 0, most = 0;
        var guard = new object();
        Parallel.For(0, 200, With(2), i =>
        {
            lock (guard) most = Math.Max(most, ++now);
            lock (guard) --now;
        });
        r.Line(most <= 2);
    }
    public static void bad_degrees(Recorder r)
    {
        r.Throws("zero", () => Parallel.For(0, 1, With(0), i => { }));
        r.Throws("minus two", () => Parallel.For(0, 1, With(-2), i => { }));
        r.Throws("minus one", () => Parallel.For(0, 1, With(-1), i => { }));
    }
    public static void an_exception(Recorder r) =>
        r.Throws("for", () => Parallel.For(0, 10, With(1), i => { if (i == 3) throw new TestError("three"); }));
    public static void exceptions_of_several_bodies(Recorder r)
    {
        var both = new Barrier(2);
        try { Parallel.Invoke(() => { both.SignalAndWait(); throw new TestError("boom"); }, () => { both.SignalAndWait(); throw new TestError("boom"); }); }
        catch (AggregateException e) { r.Line(e); }
    }
    public static void after_an_exception_no_more_are_started(Recorder r)
    {
        int ran = 0;
        r.Throws("for", () => Parallel.For(0, 100, With(1), i => { ++ran; if (i == 3) throw new TestError("three"); }));
        r.Line(ran);
    }
    public static void a_body_sees_that_another_threw(Recorder r)
    {
        var threw = new ManualResetEventSlim();
        bool seen = false;
        r.Throws("for", () => Parallel.For(0, 2, (i, state) =>
        {
            if (i == 0) { threw.Wait(); while (!state.IsExceptional) Thread.Yield(); seen = state.ShouldExitCurrentIteration; }
            else { threw.Set(); throw new TestError("boom"); }
        }));
        r.Line(seen);
    }
    public static void stop(Recorder r)
    {
        int ran = 0;
        var result = Parallel.For(0, 100, With(1), (i, state) => { ++ran; if (i == 5) { state.Stop(); r.Line(state.IsStopped, state.ShouldExitCurrentIteration); } });
        r.Line(ran, result.IsCompleted, result.LowestBreakIteration);
    }
    public static void break_runs_all_below(Recorder r)
    {
        var ran = new int[100];
        var result = Parallel.For(0, 100, (i, state) => { Interlocked.Increment(ref ran[i]); if (i == 20) state.Break(); });
        r.Line(ran.Take(21).Sum(), result.IsCompleted, result.LowestBreakIteration);
    }
    public static void the_lowest_break_counts(Recorder r)
    {
        var result = Parallel.For(0, 100, (i, state) => { if (i >= 30 && i <= 40) state.Break(); });
        r.Line(result.LowestBreakIteration);
    }
    public static void what_the_state_says_after_a_break(Recorder r)
    {
        Parallel.For(0, 10, With(1), (i, state) =>
        {
            if (i == 2)
            {
                r.Line(state.ShouldExitCurrentIteration, state.LowestBreakIteration);
                state.Break();
                r.Line(state.ShouldExitCurrentIteration, state.LowestBreakIteration, state.IsStopped);
            }
        });
    }
    public static void stop_after_break_is_refused(Recorder r) =>
        r.Throws("for", () => Parallel.For(0, 1, (i, state) => { state.Break(); state.Stop(); }));
    public static void break_after_stop_is_refused(Recorder r) =>
        r.Throws("for", () => Parallel.For(0, 1, (i, state) => { state.Stop(); state.Break(); }));
    public static void a_requested_token(Recorder r)
    {
        r.Throws("for", () => Parallel.For(0, 10, With(-1, new CancellationToken(true)), i => r.Line("never")));
        r.Throws("for_each", () => Parallel.ForEach(new[] { 1, 2 }, With(-1, new CancellationToken(true)), i => r.Line("never")));
        r.Throws("invoke", () => Parallel.Invoke(With(-1, new CancellationToken(true)), () => r.Line("never")));
    }
    public static void a_requested_token_and_nothing_to_do(Recorder r)
    {
        r.Throws("for", () => Parallel.For(0, 0, With(-1, new CancellationToken(true)), i => { }));
        r.Throws("for_each", () => Parallel.ForEach(new int[0], With(-1, new CancellationToken(true)), i => { }));
    }
    public static void canceled_in_the_middle(Recorder r)
    {
        using var source = new CancellationTokenSource();
        int ran = 0;
        r.Throws("for", () => Parallel.For(0, 1_000_000, With(1, source.Token), i => { ++ran; if (i == 10) source.Cancel(); }));
        r.Line(ran < 1_000_000);
    }
    public static void canceled_by_the_last_body(Recorder r)
    {
        using var source = new CancellationTokenSource();
        r.Throws("for", () => Parallel.For(0, 1, With(1, source.Token), i => source.Cancel()));
    }
    public static void a_body_that_throws_beats_a_cancellation(Recorder r)
    {
        using var source = new CancellationTokenSource();
        r.Throws("for", () => Parallel.For(0, 10, With(1, source.Token), i => { source.Cancel(); throw new TestError("boom"); }));
    }
    public static void a_body_that_throws_its_cancellation(Recorder r)
    {
        using var source = new CancellationTokenSource();
        r.Throws("own token", () => Parallel.For(0, 10, With(1, source.Token), i => { source.Cancel(); source.Token.ThrowIfCancellationRequested(); }));
        r.Throws("no token", () => Parallel.For(0, 10, With(1), i => throw new OperationCanceledException()));
    }
    public static void values_of_each_thread(Recorder r)
    {
        long sum = 0;
        int made = 0, ended = 0;
        Parallel.For(0, 1000, () => { Interlocked.Increment(ref made); return 0L; }, (i, state, local) => local + i, local => { Interlocked.Increment(ref ended); Interlocked.Add(ref sum, local); });
        r.Line(sum, made == ended, made >= 1);
    }
    public static void values_of_one_thread(Recorder r) =>
        Parallel.For(0, 4, With(1), () => { r.Line("init"); return 10; }, (i, state, local) => { r.Line("body", i, local); return local + 1; }, local => r.Line("finally", local));
    public static void finally_runs_after_an_exception(Recorder r) =>
        r.Throws("for", () => Parallel.For(0, 4, With(1), () => 10, (i, state, local) => i == 2 ? throw new TestError("two") : local + 1, local => r.Line("finally", local)));
    public static void init_that_throws(Recorder r) =>
        r.Throws("for", () => Parallel.For(0, 4, With(1), int () => throw new TestError("init"), (i, state, local) => local, local => r.Line("never")));
    public static void each_element_once(Recorder r)
    {
        var names = new[] { "a", "b", "c", "d" };
        var seen = new List<string>();
        Parallel.ForEach(names, n => { lock (seen) seen.Add(n); });
        seen.Sort();
        r.Line((object)seen);
    }
    public static void each_element_of_a_list_in_order_by_one(Recorder r)
    {
        var seen = new List<int>();
        Parallel.ForEach(new LinkedList<int>([3, 1, 2]), With(1), x => seen.Add(x));
        r.Line(seen);
    }
    public static void each_element_with_its_number(Recorder r)
    {
        var seen = new List<string>();
        Parallel.ForEach(new[] { 'x', 'y', 'z' }, With(1), (c, state, n) => seen.Add(c + n.ToString()));
        r.Line((object)seen);
    }
    public static void each_element_of_a_sequence_that_throws(Recorder r)
    {
        IEnumerable<int> Sequence() { yield return 1; throw new TestError("sequence"); }
        r.Throws("for_each", () => Parallel.ForEach(Sequence(), With(1), x => { }));
    }
    public static void break_out_of_for_each(Recorder r)
    {
        var result = Parallel.ForEach(Enumerable.Range(0, 50).ToArray(), With(1), (x, state, n) => { if (n == 7) state.Break(); });
        r.Line(result.IsCompleted, result.LowestBreakIteration);
    }
    public static void invoke_calls_all(Recorder r)
    {
        int sum = 0;
        Parallel.Invoke(() => Interlocked.Add(ref sum, 1), () => Interlocked.Add(ref sum, 10), () => Interlocked.Add(ref sum, 100));
        r.Line(sum);
    }
    public static void invoke_calls_the_rest_after_an_exception(Recorder r)
    {
        bool ran = false;
        r.Throws("invoke", () => Parallel.Invoke(With(1), () => throw new TestError("first"), () => ran = true));
        r.Line(ran);
    }
    public static void invoke_one_by_one(Recorder r) =>
        Parallel.Invoke(With(1), () => r.Line(1), () => r.Line(2), () => r.Line(3));
    public static void nested(Recorder r)
    {
        long sum = 0;
        Parallel.For(0, 10, i => Parallel.For(0, 10, j => Interlocked.Add(ref sum, i * j)));
        r.Line(sum);
    }
    public static void nested_exceptions_keep_their_shape(Recorder r) =>
        r.Throws("for", () => Parallel.For(0, 1, With(1), i => Parallel.For(0, 1, With(1), j => throw new TestError("inner"))));
    public static void inside_a_task(Recorder r)
    {
        long sum = 0;
        Task.Run(() => Parallel.For(0, 100, i => Interlocked.Add(ref sum, i))).Wait();
        r.Line(sum);
    }
}
