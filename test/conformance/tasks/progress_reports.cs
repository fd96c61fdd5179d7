// Progress<T>: where reports arrive.

static class progress_reports
{
    public static void arrive_in_the_context_of_the_construction(Recorder r)
    {
        var context = new ManualContext();
        IProgress<int> p;
        using (new Current(context)) p = new Progress<int>(v => r.Line("got", v, Here.Label));
        p.Report(1);
        p.Report(2);
        r.Line("queued", context.Queued, "posts", context.Posts);
        context.RunOne();
        context.RunOne();
    }
    public static void a_report_does_not_run_the_callback_inside(Recorder r)
    {
        var context = new ManualContext();
        using (new Current(context))
        {
            IProgress<int> p = new Progress<int>(v => r.Line("got", v));
            p.Report(1);
            r.Line("reported");
        }
        context.RunOne();
    }
    public static void without_a_context_they_arrive_on_the_pool(Recorder r)
    {
        var arrived = new TaskCompletionSource<string>();
        IProgress<int> p = new Progress<int>(v => arrived.SetResult(Here.Label + v));
        p.Report(3);
        r.Line(arrived.Task.Result);
    }
    public static void the_context_of_the_report_does_not_matter(Recorder r)
    {
        var made = new ManualContext();
        var other = new ManualContext();
        IProgress<int> p;
        using (new Current(made)) p = new Progress<int>(v => r.Line("got", v));
        using (new Current(other)) p.Report(1);
        r.Line(made.Queued, other.Queued);
        made.RunOne();
    }
    public static void from_any_thread(Recorder r)
    {
        var context = new ManualContext();
        IProgress<int> p;
        using (new Current(context)) p = new Progress<int>(v => r.Line("got", v, Here.Label));
        Here.On("worker", () => p.Report(1));
        context.RunOne();
    }
    public static void what_a_callback_throws_comes_out_of_the_context(Recorder r)
    {
        var context = new ManualContext();
        IProgress<int> p;
        using (new Current(context)) p = new Progress<int>(v => throw new TestError("callback"));
        r.Throws("report", () => p.Report(1));
        r.Throws("context", () => context.RunOne());
    }
    public static void reports_outlive_who_reports(Recorder r)
    {
        var context = new ManualContext();
        void Reports()
        {
            using var here = new Current(context);
            IProgress<string> p = new Progress<string>(v => r.Line("got", v));
            p.Report("late");
        }
        Reports();
        context.RunOne();
    }
}
