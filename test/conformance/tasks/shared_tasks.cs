// One task in many hands: a .NET Task is that from the start, weft's is after share().

static class shared_tasks
{
    sealed class Thing { public int Number; }

    public static async Task all_see_the_same_object(Recorder r)
    {
        var a = Task.FromResult(new Thing { Number = 1 });
        var b = a;
        r.Line(ReferenceEquals(await a, await b), (await b).Number);
    }
    public static async Task all_awaiters_go_on(Recorder r)
    {
        var source = new TaskCompletionSource<int>();
        async Task<int> Waits(Task<int> t) => await t + 1;
        var all = Enumerable.Range(0, 4).Select(_ => Waits(source.Task)).ToArray();
        source.SetResult(5);
        r.Line(await Task.WhenAll(all));
    }
    public static async Task all_get_the_same_error(Recorder r)
    {
        var a = Task.FromException<int>(new TestError("shared"));
        await r.Awaits("first", a);
        await r.Awaits("second", a);
        r.State("t", a);
    }
    public static async Task a_copy_is_continued(Recorder r)
    {
        var source = new TaskCompletionSource<int>();
        var copy = source.Task;
        var next = copy.ContinueWith(t => t.Result * 2);
        source.SetResult(4);
        await r.Awaits("next", next);
        await r.Awaits("copy", copy);
    }
    public static async Task a_copy_is_waited_for_a_while(Recorder r)
    {
        var source = new TaskCompletionSource<int>();
        var a = source.Task;
        await r.Awaits("too short", a.WaitAsync(TimeSpan.Zero));
        await r.Awaits("canceled", a.WaitAsync(new CancellationToken(true)));
        source.SetResult(3);
        await r.Awaits("in time", a.WaitAsync(TimeSpan.FromSeconds(60)));
        await r.Awaits("itself", a);
    }
    public static void an_error_that_one_has_taken_is_not_lost(Recorder r)
    {
        r.Line(Unobserved.Of(() =>
        {
            var a = Task.FromException<int>(new TestError("taken"));
            var b = a;
            try { b.GetAwaiter().GetResult(); } catch (TestError) { }
        }));
    }
    public static void an_error_that_nobody_has_taken_is_reported_once(Recorder r)
    {
        r.Line(Unobserved.Of(() =>
        {
            var a = Task.FromException<int>(new TestError("lost"));
            var b = a;
            _ = b.IsFaulted || a.IsFaulted;
        }));
    }
    public static async Task without_throwing(Recorder r)
    {
        Task a = Task.FromException(new TestError("quiet"));
        await a.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        r.Line(a.Status);
    }
    public static void a_continuation_that_does_not_fit(Recorder r)
    {
        var a = Task.FromResult(1);
        var next = a.ContinueWith(_ => { }, TaskContinuationOptions.OnlyOnFaulted);
        r.Awaits("next", next).Wait();
        r.State("next", next);
    }
}
